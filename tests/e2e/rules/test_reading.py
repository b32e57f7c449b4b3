"""Rules read by those who answer for them: explained, laid out, sampled, compared, and held against examples."""

from __future__ import annotations

from tests.executable import run
from tests.shop import RULES, Shop

_EXAMPLES = """\
users.email:
  - {given: {id: 7, email: Ada@Lovelace.test}, expect: /@example\\.com$/}
  - {given: {id: 7, email: null}, expect: null}
users.role: {given: {role: admin}, expect: original}
users.phone: {given: {id: 1, phone: 090-1234-5678}, expect: changed}
"""


def test_rules_are_explained_sampled_compared_and_tried(shop: Shop) -> None:
    given = ("--rules", shop.rules, "--source", shop.source)
    table = run("rules", "explain", "users", *given).expect(
        0, "users rows all", r"email character varying email \S+rules.yml:6:7"
    )
    assert "CASE" not in table.out
    run("rules", "explain", "users.email", *given, "--sql", "--sample", "5").expect(
        0,
        "decided by email",
        r"seems e-mail, \d+%",
        "by name e-mail, 90% its name says email",
        "CASE\\b",
        "made-up rows become: (\\S+@example.com ){4}",
    )
    run("rules", "explain", "users", *given, "--sql").expect(2, "--sql and --sample are of one column")
    run("rules", "masks", "card").expect(0, "UNIQUE +lost", "luhn \\(default wrong\\)")
    run("rules", "masks", "crad").expect(2, "did you mean card")

    shop.plan("--sql", "users.email").expect(0, "CASE WHEN CAST")
    whole, part = shop.plan("--sql").expect(0), shop.plan("--sql", "users").expect(0, '"users"')
    assert len(part.out) < len(whole.out) / 2
    shop.plan("users").expect(2, "--sql users prints")
    shop.plan("--sql", "usrs").expect(2, "there is no such table or column in the plan", "did you mean users")

    other = shop.rules.with_name("other.yml")
    other.write_text(RULES.replace("      phone: phone\n", "      phone: keep\n"))
    run("rules", "diff", shop.rules, other, "--source", shop.source).expect(
        0, "! users.phone phone → keep every row: originals reach the preview", "1 of 1"
    )
    run("rules", "diff", shop.rules, shop.rules, "--source", shop.source).expect(0, "decides all of")

    examples = shop.rules.with_name("examples.yml")
    examples.write_text(_EXAMPLES)
    run("rules", "test", examples, *given).expect(0, "4 of 4 examples are as expected")
    examples.write_text(_EXAMPLES.replace("expect: original", "expect: changed"))
    run("rules", "test", examples, *given).expect(
        8, r"examples.yml:4:1 users.role: expected changed, got admin", "3 of 4 examples"
    )
    examples.write_text("users.emial: {given: {}, expect: null}\nusers.role: {given: {rolle: x}, expect: null}\n")
    run("rules", "test", examples, *given).expect(3, "users.emial", "given: there is no column rolle")
