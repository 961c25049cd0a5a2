#!/usr/bin/env python3
"""Signs in and out of a service that asks for a token, in a real browser.

    sign_in_test.py BASE_URL TOKEN

Prints one line a check; any that does not hold makes the exit status 1."""

import sys

from webdriver import Browser

FILL = """
  const input = document.querySelector('dialog.sign-in input');
  input.value = arguments[0];
  input.form.requestSubmit();
"""
SHOWN = "return document.querySelector('dialog.sign-in[open]')"
LISTED = "return document.querySelector('.recent .empty, .recent .card') && !document.querySelector('dialog[open]')"


def main(base, token):
    failures = 0

    def check(name, holds, detail=""):
        nonlocal failures
        print(f"{'ok  ' if holds else 'FAIL'} {name}{f': {detail}' if detail != '' else ''}", flush=True)
        failures += not holds

    with Browser() as browser:
        browser.open(base + "/")
        browser.wait(SHOWN, "the form")
        check("one form, however many requests were refused", browser.run("return document.querySelectorAll('dialog').length") == 1)
        browser.run(FILL, "wrong")
        browser.wait("return document.querySelector('.sign-in-news').textContent", "what is wrong")
        check("a wrong token is told so", "no such token" in browser.run("return document.querySelector('.sign-in-news').textContent"))
        browser.run(FILL, token)
        browser.wait(LISTED, "the page behind it")
        check("no script sees the cookie", browser.run("return document.cookie") == "")
        check("the token is not kept", token not in browser.run("return JSON.stringify([localStorage, sessionStorage, location.href])"))
        browser.open(base + "/")
        browser.wait(LISTED, "the page again")
        browser.run("document.querySelector('#sign-out').click()")
        browser.wait(SHOWN, "the form after signing out")
        check("nobody is signed in any more", browser.run("return document.querySelector('#sign-out')") is None)
        browser.open("about:blank")
        browser.open(f"{base}/#token={token}")
        browser.wait(LISTED, "the page by the address")
        check("the address lost the token", token not in browser.run("return location.href"))
        policy = [line for line in browser.complaints() if "Content Security Policy" in line or "Uncaught" in line]
        check("no complaint of the policy and no error of the page", not policy, "; ".join(policy))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
