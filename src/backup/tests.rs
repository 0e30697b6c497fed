use super::*;

struct Office {
    _dir: tempfile::TempDir,
    data: PathBuf,
    backups: PathBuf,
}

const LARGE: usize = 3 * PART + 17;

impl Office {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("dir");
        let (data, backups) = (dir.path().join("data"), dir.path().join("backups"));
        std::fs::create_dir(&data).expect("data");
        let large: Vec<u8> = (0..LARGE).map(|n| (n * n % 251) as u8).collect();
        std::fs::write(data.join("store.db"), large).expect("written");
        std::fs::write(data.join("secret.key"), "0123").expect("written");
        std::fs::write(data.join("empty"), "").expect("written");
        Self { _dir: dir, data, backups }
    }

    fn sources(&self) -> Vec<Source> {
        ["store.db", "secret.key", "empty"]
            .map(|name| Source { path: format!("in/{name}"), from: self.data.join(name) })
            .to_vec()
    }

    fn take(&self, passphrase: Option<&str>) -> Taken {
        let place = Place::open_or_make(&self.backups, passphrase).expect("open");
        take(&place, &self.sources(), "sqlite", Timestamp::from_micros(0), "test").expect("taken")
    }

    fn restore(&self, passphrase: Option<&str>, id: Option<&str>, name: &str) -> Result<(), BackupError> {
        let place = Place::open(&self.backups, passphrase)?;
        restore(&place, &place.snapshot(id)?, &self.data.join(name))
    }

    fn same(&self, name: &str) -> bool {
        ["store.db", "secret.key", "empty"].iter().all(|file| {
            let restored = std::fs::read(self.data.join(name).join("in").join(file)).expect("restored");
            restored == std::fs::read(self.data.join(file)).expect("own")
        })
    }

    /// Every file below the folder of backups.
    fn all(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.backups.clone()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }
}

#[test]
fn what_is_restored_is_what_was_there_and_a_second_backup_adds_what_is_new() {
    for passphrase in [None, Some("一句很长的口令")] {
        let office = Office::new();
        let first = office.take(passphrase);
        assert_eq!((first.files, first.bytes), (3, LARGE as u64 + 4));
        assert!(first.added >= first.bytes - PART as u64, "parts that are the same stand there once");
        assert_eq!(office.take(passphrase).added, 0, "nothing is new");
        let mut large = std::fs::read(office.data.join("store.db")).expect("read");
        large[PART + 5] ^= 1;
        std::fs::write(office.data.join("store.db"), large).expect("written");
        let third = office.take(passphrase);
        assert!((1..2 * PART as u64).contains(&third.added), "one part: {third:?}");
        office.restore(passphrase, None, "newest").expect("restored");
        assert!(office.same("newest"));
        office.restore(passphrase, Some(&first.id), "first").expect("restored");
        assert!(!office.same("first"), "the first is as it was");
    }
}

#[test]
fn a_changed_byte_anywhere_is_found_and_named_and_nothing_is_restored() {
    for passphrase in [None, Some("一句很长的口令")] {
        let office = Office::new();
        office.take(passphrase);
        for path in office.all() {
            let mut bytes = std::fs::read(&path).expect("read");
            let whole = bytes.clone();
            if path.ends_with("minyi-backup.json") {
                bytes.truncate(9);
            } else {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
            }
            std::fs::write(&path, &bytes).expect("written");
            let refused = office.restore(passphrase, None, "x").expect_err("refused").to_string();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            assert!(refused.contains(&name), "{name}: {refused}");
            assert!(!office.data.join("x/in").exists());
            std::fs::write(&path, whole).expect("written");
        }
        office.restore(passphrase, None, "x").expect("all is whole again");
    }
}

#[test]
fn a_passphrase_that_is_wrong_missing_or_too_much_is_told() {
    let sealed = Office::new();
    sealed.take(Some("right"));
    let told = |passphrase| sealed.restore(passphrase, None, "x").expect_err("refused").to_string();
    assert_eq!(told(Some("wrong")), "备份口令不对");
    assert!(told(None).contains("--passphrase-file"));
    let key = std::fs::read(sealed.data.join("secret.key")).expect("read");
    let open = sealed.all().iter().any(|path| std::fs::read(path).expect("read") == key);
    assert!(!open, "no secret stands there to be read");
    let plain = Office::new();
    plain.take(None);
    let told = plain.restore(Some("any"), None, "x").expect_err("refused").to_string();
    assert!(told.contains("没有加密"), "{told}");
}

#[test]
fn only_an_empty_folder_is_restored_into_and_only_a_backup_folder_backed_up_into() {
    let office = Office::new();
    office.take(None);
    let told = office.restore(None, None, "").expect_err("refused").to_string();
    assert!(told.contains("不是空目录"), "{told}");
    let told = Place::open_or_make(&office.data, None).err().map(|error| error.to_string());
    assert!(told.is_some_and(|told| told.contains("别的文件")));
    let told = office.restore(None, Some("19990101T000000"), "x").expect_err("refused").to_string();
    assert!(told.contains("现有：19700101T080000"), "{told}");
}

#[test]
fn old_snapshots_go_and_what_the_others_need_stays() {
    let office = Office::new();
    let first = office.take(None);
    std::fs::write(office.data.join("secret.key"), "4567").expect("written");
    let second = office.take(None);
    let before = office.all().len();
    let place = Place::open(&office.backups, None).expect("open");
    assert_eq!(place.keep(1).expect("kept"), [first.id]);
    assert_eq!(place.ids().expect("ids"), [second.id]);
    drop(place);
    assert_eq!(office.all().len(), before - 2, "the list, and the old secret");
    office.restore(None, None, "x").expect("restored");
    assert!(office.same("x"));
}

#[test]
fn two_at_once_are_refused() {
    let office = Office::new();
    let first = Place::open_or_make(&office.backups, None).expect("open");
    assert!(matches!(Place::open(&office.backups, None), Err(BackupError::Busy(_))));
    drop(first);
    assert!(Place::open(&office.backups, None).is_ok());
}
