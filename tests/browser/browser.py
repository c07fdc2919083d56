"""A headless Chromium and what tests ask of a page in it."""

import json
import pathlib
import sys
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


class BrowserPage(unittest.TestCase):
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
