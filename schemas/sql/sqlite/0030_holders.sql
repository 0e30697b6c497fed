-- Who holds how many is asked on every page of the day; few of all items are held.
CREATE INDEX items_holder ON items (holder, state) WHERE holder IS NOT NULL;
