#!/usr/bin/env python3
"""Operates the pages of make_pages.cmake in headless Chromium, as a person would.

    page_test.py DIRECTORY [SCREENSHOT_DIRECTORY]

Without a browser it prints "SKIPPED: no browser" and the reason. Every page is opened from its file;
any message of the browser's console, any exception of a script and any request that leaves the page
is a failure.
"""

import json
import pathlib
import sys
import time
import unittest

DIRECTORY = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
SCREENSHOTS = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else DIRECTORY / "screenshots"


def start_browser():
    """A driver, or the reason why there is none."""
    try:
        from selenium import webdriver
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.chrome.service import Service
    except ImportError as error:
        return None, f"python3-selenium is not installed ({error})"
    import shutil
    driver_path = shutil.which("chromedriver")
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if driver_path is None or browser_path is None:
        return None, "chromium or chromedriver is not installed"
    options = webdriver.ChromeOptions()
    options.binary_location = browser_path
    # --no-sandbox: in a container, as root, there is no other way to start.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--hide-scrollbars=false", "--force-device-scale-factor=1"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        return webdriver.Chrome(service=Service(driver_path), options=options), None
    except WebDriverException as error:
        return None, f"the browser does not start: {error.msg}"


class Page(unittest.TestCase):
    driver = None

    # Helpers.

    def open(self, name, width=1400, height=950, theme="light", fragment=""):
        file = DIRECTORY / name
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": theme}]})
        self.driver.get("about:blank")
        self.drain()
        self.driver.get(file.as_uri() + fragment)
        self.url = file.as_uri()
        self.js("try { localStorage.removeItem('coweave-theme') } catch {}")

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def drain(self):
        """All that the browser has said since the last time."""
        return self.driver.get_log("browser"), self.driver.get_log("performance")

    def tearDown(self):
        messages, events = self.drain()
        self.assertEqual([entry["message"] for entry in messages], [], "console messages")
        requests = []
        for entry in events:
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                requests.append(message["params"]["request"]["url"])
        leaving = [url for url in requests if url.split("#")[0] != self.url
                   and not url.startswith(("data:", "about:"))]
        self.assertEqual(leaving, [], "requests that leave the page")

    def press(self, *keys):
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys
        for key in keys:
            ActionChains(self.driver).send_keys(getattr(Keys, key, key)).perform()

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def text(self, selector):
        return self.find(selector).text

    def where(self):
        """The number of the chosen step."""
        return int(self.text("#where").split()[1])

    def steps(self):
        return int(self.text("#where").split()[3])

    def shoot(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))

    def schedule(self, name):
        return json.loads((DIRECTORY / f"Browser.{name}.json").read_text())

    def contrast(self, selector):
        """Of the text of an element with the first background behind it (WCAG 2)."""
        return self.js("""
            const parse = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
            const light = (color) => {
              const [r, g, b] = parse(color).slice(0, 3).map((v) => v / 255)
                .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const start = document.querySelector(arguments[0]);
            const style = getComputedStyle(start);
            const ink = start instanceof SVGElement ? style.fill : style.color;
            let behind = start;
            if (start instanceof SVGElement)
              behind = start.parentNode.querySelector('.card') || start.closest('div');
            let back = null;
            for (; behind; behind = behind.parentNode) {
              if (!(behind instanceof Element)) break;
              const own = getComputedStyle(behind);
              const color = behind instanceof SVGElement ? own.fill : own.backgroundColor;
              const parts = parse(color);
              if (parts.length === 3 || parts[3] > 0.99) { back = color; break; }
            }
            const [a, b] = [light(ink), light(back || getComputedStyle(document.documentElement).backgroundColor)];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            """, selector)

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

    def test_has_readable_columns_in_a_narrow_window(self):
        for name in ("few_cells", "many_cells"):
            for width in (360, 400, 520):
                self.open(f"Browser.{name}.html", width=width, height=900)
                self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), width)
                columns = self.js("""
                    return [...document.querySelectorAll('table.steps tbody tr:first-child td')].map((cell) =>
                      cell.getBoundingClientRect().width)""")
                for column in columns[1:5]:  # All but the number and the marks.
                    self.assertGreaterEqual(column, 120, f"{name} at {width}: {columns}")
                cards = self.js("return [...document.querySelectorAll('.step .card')].map((card) =>"
                                "card.getBoundingClientRect().width)")
                self.assertGreaterEqual(min(cards), 130, f"{name} at {width}")
                self.shoot(f"{name}-{width}")

    def test_opens_at_the_failure(self):
        for name in ("few_cells", "many_cells"):
            step = self.schedule(name)["failure"]["step"] + 1
            for width in (1280, 1400):
                self.open(f"Browser.{name}.html", width=width, height=900)
                self.assertEqual(self.where(), step)
                # A drawing that is taller than the window shows it in the middle of what is in sight.
                box = self.js("""
                    const b = document.querySelector('.step.current .card').getBoundingClientRect();
                    const host = document.querySelector('#diagram');
                    const d = host.getBoundingClientRect();
                    const bottom = host.scrollHeight > host.clientHeight ? Math.min(d.bottom, innerHeight) : d.bottom;
                    return [b.top >= d.top, b.bottom <= bottom, b.left >= d.left, b.right <= d.right]""")
                self.assertEqual(box, [True] * 4, f"{name} at {width}")
                self.shoot(f"{name}-{width}")

    def test_leaves_no_row_in_sight_blank(self):
        schedule = self.schedule("many_cells")
        self.assertEqual((len(schedule["tasks"]), len(schedule["steps"])), (12, 243))
        for width in (400, 1280):
            self.open("Browser.many_cells.html", width=width, height=900)
            blank = self.js("""
                const host = document.querySelector('#diagram').getBoundingClientRect();
                const isSeen = (element) => {
                  const box = element.getBoundingClientRect();
                  return box.right > host.left + 62 && box.left < host.right;
                };
                const seen = new Set([...document.querySelectorAll('[data-step]')]
                  .filter((element) => [element, ...element.querySelectorAll('.card')].some(isSeen))
                  .map((element) => element.dataset.step));
                return [...document.querySelectorAll('.step')].map((step) => step.dataset.step)
                  .filter((step) => !seen.has(step));""")
            self.assertEqual(blank, [], f"at {width}")
            aside = self.all("text.aside")[0]
            step = int(aside.get_attribute("data-step")) + 1
            self.js("arguments[0].dispatchEvent(new MouseEvent('click', { bubbles: true }))", aside)
            self.assertEqual(self.where(), step)

    def test_has_an_overview_that_goes_to_a_step(self):
        from selenium.webdriver.common.action_chains import ActionChains
        for width in (400, 1280):
            self.open("Browser.many_cells.html", width=width, height=900)
            self.assertEqual(self.text("#summary"),
                             "12 tasks, 243 steps, fails in step 212 (worker number 2) go there")
            canvas = self.find("#overview canvas")
            self.assertEqual(canvas.get_attribute("aria-label"),
                             "12 tasks, 243 steps, fails in step 212 (worker number 2)")
            # In every row of a task something is drawn, and not the same from left to right.
            rows = self.js("""
                const overview = document.querySelector('#overview canvas');
                const { width, height } = overview;
                const { data } = overview.getContext('2d').getImageData(0, 0, width, height);
                const kinds = [];
                for (let lane = 0; lane < 12; ++lane) {
                  const start = 4 * width * (12 + lane * 13 + 6);
                  const colors = new Set();
                  for (let i = start; i < start + 4 * width; i += 4) colors.add(data.slice(i, i + 4).join());
                  kinds.push(colors.size);
                }
                return kinds;""")
            self.assertGreaterEqual(min(rows), 3, f"at {width}")
            box = canvas.rect
            ActionChains(self.driver).move_to_element_with_offset(
                canvas, int(box["width"] / 2) - 3, 0).click().perform()
            self.assertGreaterEqual(self.where(), 232)  # A step is a pixel and a half at 400.
            ActionChains(self.driver).move_to_element_with_offset(
                canvas, -int(box["width"] / 2) + 3, 0).click().perform()
            self.assertEqual(self.where(), 1)
            self.find("#summary button").click()
            self.assertEqual(self.where(), 212)
            self.assertTrue(self.js("const box = document.querySelector('.step.current .card').getBoundingClientRect();"
                                    "return box.bottom > 0 && box.top < innerHeight"))

    def test_has_an_overview_of_ten_thousand_steps(self):
        self.open("Browser.long_run.html")
        canvas = self.find("#overview canvas")
        self.assertLess(canvas.rect["height"], 200)
        self.assertIn(f"fails in step {self.schedule('long_run')['failure']['step'] + 1}", self.text("#summary"))
        from selenium.webdriver.common.action_chains import ActionChains
        ActionChains(self.driver).move_to_element_with_offset(canvas, 0, 0).click().perform()
        self.assertGreater(self.where(), 4_000)
        self.assertLess(self.where(), 6_000)

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
    Page.driver = driver
    try:
        result = unittest.TextTestRunner(verbosity=2).run(
            unittest.defaultTestLoader.loadTestsFromTestCase(Page))
    finally:
        driver.quit()
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
