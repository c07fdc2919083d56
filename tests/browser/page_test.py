#!/usr/bin/env python3
"""Operates the pages of make_pages.cmake in headless Chromium, as a person would.

    page_test.py DIRECTORY [SCREENSHOT_DIRECTORY]

Without a browser it prints "SKIPPED: no browser" and the reason. Every page is opened from its file;
any message of the browser's console, any exception of a script and any request that leaves the page
is a failure.
"""

import sys
import time
import unittest

sys.dont_write_bytecode = True  # Nothing is left beside the sources.

from browser import DIRECTORY, BrowserPage, start_browser  # noqa: E402
from overview_tests import Overview  # noqa: E402


class Page(BrowserPage):
    # What a page has to do.

    def test_shows_what_failed_and_begins_there(self):
        schedule = self.schedule("overdraft")
        self.open("Browser.overdraft.html")
        self.assertEqual(self.text("h1"), "Browser.overdraft")
        self.assertIn("check failed", self.text("#verdict"))
        self.assertIn("the balance is -60", self.text("#verdict"))
        self.assertIn("tests/browser/failing_schedules.cpp", self.text("#verdict"))
        self.assertIn("coweave replay", self.text("#facts"))
        self.assertEqual(self.steps(), len(schedule["steps"]))
        self.assertEqual(self.where(), schedule["failure"]["step"] + 1)
        self.assertIn("the failing step", self.text("#panel"))
        self.assertIn("the balance is -60", self.text("#panel"))
        self.assertEqual(len(self.all(".needs li")), len(schedule["needs"]))
        self.assertGreater(len(schedule["needs"]), 0)
        self.shoot("overdraft-light")

    def test_steps_by_the_keyboard(self):
        self.open("Browser.overdraft.html")
        last = self.steps()
        self.press("HOME")
        self.assertEqual(self.where(), 1)
        self.press("ARROW_UP")
        self.assertEqual(self.where(), 1)
        for number in range(2, last + 1):
            self.press("ARROW_DOWN")
            self.assertEqual(self.where(), number)
            self.assertIn(f"Step {number} of {last}", self.js(
                "return document.getElementById('live').textContent"))
            self.assertEqual(len(self.all(".step.current")), 1)
        self.press("ARROW_RIGHT")
        self.assertEqual(self.where(), last)
        self.press("ARROW_LEFT")
        self.assertEqual(self.where(), last - 1)
        self.press("END")
        self.assertEqual(self.where(), last)
        self.press("HOME", "n")
        marked = [need["step"] + 1 for need in self.schedule("overdraft")["needs"]]
        self.assertEqual(self.where(), min(step for step in marked if step > 1))
        self.assertTrue(self.driver.current_url.endswith(f"#step={self.where()}"))

    def test_opens_at_the_step_of_its_address(self):
        self.open("Browser.overdraft.html", fragment="#step=2")
        self.assertEqual(self.where(), 2)

    def test_steps_by_buttons_slider_and_pointer(self):
        self.open("Browser.overdraft.html")
        self.find("#first").click()
        self.assertEqual(self.where(), 1)
        self.assertFalse(self.find("#previous").is_enabled())
        self.find("#next").click()
        self.assertEqual(self.where(), 2)
        self.find("#slider").send_keys("\ue014")  # Arrow right, to the slider itself.
        self.assertEqual(self.where(), 3)
        self.js("document.querySelector('#diagram').scrollTop = 0")
        self.all(".step")[0].click()
        self.assertEqual(self.where(), 1)
        self.find(".needs button").click()
        self.assertEqual(self.where(), self.schedule("overdraft")["needs"][0]["step"] + 1)

    def test_shows_the_source_of_the_step(self):
        self.open("Browser.overdraft.html")
        line = self.schedule("overdraft")["steps"][-1]["place"]["line"]
        here = self.text("#panel .source .here")
        self.assertIn(str(line), here)
        self.assertRegex(here, r"gather|check\(")
        from selenium.webdriver.common.action_chains import ActionChains
        ActionChains(self.driver).move_to_element(self.all(".step.current .card")[0]).perform()
        self.assertTrue(self.find("#tip").is_displayed())
        self.assertIn("failing_schedules.cpp:", self.text("#tip"))
        self.assertRegex(self.text("#tip .here"), r"co_await|check")

    def test_compares_with_the_passing_neighbour(self):
        schedule = self.schedule("overdraft")
        self.open("Browser.overdraft.html", fragment=f"#step={schedule['passing_step'] + 1}")
        self.assertEqual(self.find("#compare").get_attribute("aria-pressed"), "false")
        alone = len(self.all(".step"))
        self.press("c")
        self.assertEqual(self.find("#compare").get_attribute("aria-pressed"), "true")
        self.assertGreater(len(self.all(".step")), alone)
        self.assertEqual(len(self.all("line.parting")), 1)
        self.assertEqual(len(self.all("#panel .block")), 2)
        texts = [block.text for block in self.all("#panel h3")]
        self.assertTrue(texts[0].startswith("failing"), texts)
        self.assertTrue(texts[1].startswith("passing"), texts)
        self.assertNotEqual(texts[0].split(":")[1], texts[1].split(":")[1])
        self.shoot("overdraft-compared")
        self.find("#compare").click()
        self.assertEqual(len(self.all(".step")), alone)

    def test_follows_the_system_theme_and_its_own(self):
        def background():
            return self.js("return getComputedStyle(document.documentElement).backgroundColor")
        self.open("Browser.overdraft.html", theme="light")
        light = background()
        self.open("Browser.overdraft.html", theme="dark")
        dark = background()
        self.assertNotEqual(light, dark)
        self.shoot("overdraft-dark")
        self.assertEqual(self.text("#theme"), "theme: auto")
        self.press("t")
        self.assertEqual((self.text("#theme"), background()), ("theme: light", light))
        self.find("#theme").click()
        self.assertEqual((self.text("#theme"), background()), ("theme: dark", dark))
        self.press("t")
        self.assertEqual(self.text("#theme"), "theme: auto")

    def test_has_contrast_in_both_themes(self):
        for theme in ("light", "dark"):
            self.open("Browser.opposite_transfers.html", theme=theme)
            for selector in ("h1", "#verdict .badge", "#facts dt", "#facts dd", "#panel .count", "#panel .place",
                             ".states .waits", ".step .operation", ".step .place", ".step.current .operation",
                             "#where", "caption", "footer", ".keys", ".line-number", ".here", "button.quiet"):
                self.assertGreaterEqual(self.contrast(selector), 4.5, f"{selector} in {theme}")

    def test_draws_locks_and_who_woke_whom(self):
        schedule = self.schedule("opposite_transfers")
        wakes = [effect for step in schedule["steps"] for effect in step.get("effects", [])
                 if effect["operation"] == "wake" and effect["task"] != step["task"]]
        self.assertGreater(len(wakes), 0)
        self.open("Browser.opposite_transfers.html", height=3000)
        self.js("document.querySelector('#diagram').style.maxHeight = 'none'")
        time.sleep(0.3)
        self.assertEqual(len(self.all("path.arrow.wake")), len(wakes))
        held = [bar for bar in self.all("rect.band") if bar.get_attribute("height") != "9"]
        takes = [effect for step in schedule["steps"] for effect in step.get("effects", [])
                 if effect["operation"] == "take"]
        self.assertEqual(len(held), len(takes))
        self.assertEqual(len(self.all(".stuck")), len(schedule["blocked"]))
        self.assertIn("cycle:", self.text("#diagnosis"))
        self.press("END")
        self.assertIn("waits for acquire lock", self.text(".states"))
        self.assertIn("holds lock", self.text(".states"))
        self.shoot("opposite_transfers-tall")

    def test_has_the_same_as_a_table(self):
        schedule = self.schedule("opposite_transfers")
        self.open("Browser.opposite_transfers.html")
        rows = self.all("table.steps tbody tr")
        self.assertEqual(len(rows), len(schedule["steps"]))
        names = {task["path"]: task["name"] for task in schedule["tasks"]}
        for row, step in zip(rows, schedule["steps"]):
            self.assertEqual(row.find_elements("css selector", "td")[1].text, names[step["task"]])
        self.press("HOME", "ARROW_DOWN")
        current = self.all("table.steps tr[aria-current=step]")
        self.assertEqual([row.get_attribute("data-step") for row in current], ["1"])
        rows[3].find_element("css selector", "button").click()
        self.assertEqual(self.where(), 4)

    def test_is_named_for_a_screen_reader(self):
        self.open("Browser.opposite_transfers.html", fragment="#step=2")
        self.assertEqual(self.js("return document.documentElement.lang"), "en")
        self.assertEqual(len(self.all("h1")), 1)
        self.assertEqual(len(self.all("main")), 1)
        unnamed = self.js("""
            return [...document.querySelectorAll('button, input, [role], section, aside')].filter((e) =>
              !e.textContent.trim() && !e.ariaLabel && !e.getAttribute('aria-label')
              && !e.getAttribute('aria-labelledby') && !e.hidden && e.id !== 'tip').map((e) => e.outerHTML)""")
        self.assertEqual(unnamed, [])
        self.assertIn("table below", self.find("#diagram").get_attribute("aria-label"))
        for svg in self.all("svg"):
            self.assertEqual(svg.get_attribute("aria-hidden"), "true")
        # Everything that can be operated can be reached: tab through it all.
        self.press("TAB")
        self.assertIn("skip", self.js("return document.activeElement.className"))
        reached = set()
        for _ in range(60):
            self.press("TAB")
            reached.add(self.js("return document.activeElement.id"))
        self.assertLessEqual({"theme", "next", "slider", "diagram", "mark"}, reached)

    def test_takes_nothing_for_markup(self):
        self.open("Browser.hostile_names.html")
        self.assertIn("Browser.hostile_names", self.driver.title)
        self.assertEqual(len(self.all("img")), 0)
        self.assertIn("<img src=x", self.text("table.steps"))
        self.assertIn("</script>", self.text("table.steps"))
        self.assertIn("{{data}}<!--", self.text("table.steps"))
        self.assertIn("\u540d\u524d", self.text("table.steps"))
        page = self.js("return document.body.innerText")
        for character in ("\x1b", "\u202e"):
            self.assertNotIn(character, page)
        for width in (1400, 420):
            self.open("Browser.hostile_names.html", width=width)
            self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), width)
        self.open("Browser.hostile_names.html")
        self.shoot("hostile_names")

    def test_opens_ten_thousand_steps(self):
        start = time.monotonic()
        self.open("Browser.long_run.html")
        self.assertGreater(self.steps(), 10_000)
        self.assertLess(time.monotonic() - start, 20)
        self.assertEqual(self.where(), self.steps())
        self.assertLess(len(self.all(".step")), 100)
        self.press("HOME")
        self.assertEqual(self.where(), 1)
        self.assertEqual(len(self.all(".step.current")), 1)
        start = time.monotonic()
        self.press(*["ARROW_DOWN"] * 20)
        self.assertLess(time.monotonic() - start, 20)
        self.assertEqual(self.where(), 21)
        self.js("document.querySelector('#diagram').scrollTop = 200000")
        time.sleep(0.3)
        self.assertGreater(len(self.all(".step")), 3)
        self.assertFalse(self.find("#window").is_displayed())
        rows = len(self.all("table.steps tbody tr"))
        self.assertEqual(rows, 200)
        self.find(".turning button:last-child").click()
        self.assertIn("Steps 201 to 400", self.text("caption"))
        self.shoot("long_run")

    def test_says_what_is_left_out(self):
        self.open("part.html")
        self.assertIn("Steps 1 to 4000 are not in this page", self.text("#window"))
        self.assertIn("steps 4501 to", self.text("#window"))
        self.assertIn("coweave html --first", self.text("#window"))
        self.press("HOME")
        self.assertEqual(self.where(), 4001)
        self.press("END")
        self.assertEqual(self.where(), 4500)

    def test_opens_a_schedule_without_steps(self):
        self.open("picks.html")
        self.assertIn("no steps, only its picks", self.text("#window"))
        self.assertEqual(self.text("#where"), "no steps")
        self.press("ARROW_DOWN", "END", "n", "c")
        self.assertIn("No steps are recorded", self.text("caption"))

    def test_has_room_for_many_tasks(self):
        self.open("Browser.many_tasks.html")
        self.assertGreater(self.js("return document.querySelector('#diagram').scrollWidth"), 5_000)
        self.press("HOME")
        for _ in range(30):
            self.press("ARROW_DOWN")
        box = self.js("const b = document.querySelector('.step.current .card').getBoundingClientRect();"
                      "const d = document.querySelector('#diagram').getBoundingClientRect();"
                      "return [b.left >= d.left, b.right <= d.right, b.top >= d.top, b.bottom <= d.bottom]")
        self.assertEqual(box, [True] * 4)
        self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), 1400)
        self.shoot("many_tasks")

    def test_fits_a_narrow_window(self):
        for width in (320, 420, 800):
            for theme in ("light", "dark"):
                self.open("Browser.opposite_transfers.html", width=width, theme=theme)
                self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), width)
                self.shoot(f"opposite_transfers-{width}-{theme}")
        self.press("ARROW_UP")
        self.assertEqual(self.where(), self.steps() - 1)

    def test_tells_it_in_plain_text_without_scripts(self):
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            self.open_without_scripts("Browser.overdraft.html")
            plain = self.text("noscript pre")
        finally:
            self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        self.assertIn("withdraw#1", plain)
        self.assertIn("failed: check", plain)

    def open_without_scripts(self, name):
        self.driver.get("about:blank")
        self.drain()
        self.driver.get((DIRECTORY / name).as_uri())
        self.url = (DIRECTORY / name).as_uri()


def main():
    driver, reason = start_browser()
    if driver is None:
        print(f"SKIPPED: no browser: {reason}")
        return 0
    BrowserPage.driver = driver
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    try:
        result = unittest.TextTestRunner(verbosity=2).run(
            unittest.TestSuite([load(Page), load(Overview)]))
    finally:
        driver.quit()
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
