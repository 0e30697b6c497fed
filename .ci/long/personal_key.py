"""Signs in by a one-time link and prints a personal key: personal_key.py BASE LINK NAME"""

import http.cookiejar
import re
import sys
import urllib.parse
import urllib.request

base, link, name = sys.argv[1:]
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
password = "Seven-Lamps-9"


def get(path):
    return opener.open(base + path).read().decode()


def post(page, path, **fields):
    fields["csrf"] = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
    return opener.open(base + path, urllib.parse.urlencode(fields).encode()).read().decode()


post(get(link), link, password=password, again=password)
post(get("/sign-in"), "/sign-in", name=name, password=password)
made = post(get("/account"), "/account/keys", label="requests", days="7")
print(re.search(r'value="(mu_[^"]+)"', made).group(1))
