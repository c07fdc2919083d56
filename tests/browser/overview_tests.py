"""Pages of few and of many cells: how they open, in windows narrow and wide, and the overview."""

from browser import BrowserPage


class Overview(BrowserPage):
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
