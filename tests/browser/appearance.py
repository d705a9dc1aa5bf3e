"""What a page looks like, measured in the browser: width, contrast, labels, focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# WCAG 2.2, 1.4.3: large is 24 px, or 18.66 px in bold.
_TOO_FAINT = """() => {
  const parts = colour => {
    const found = colour.match(/[\\d.]+/g).map(Number);
    return found.length < 4 ? [...found, 1] : found;
  };
  const over = (top, ground) => {
    const [a, b] = [parts(top), ground];
    return [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3]));
  };
  const canvas = matchMedia("(prefers-color-scheme: dark)").matches
    && getComputedStyle(document.documentElement).colorScheme.includes("dark")
    ? [18, 18, 18] : [255, 255, 255];
  const groundOf = element => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      layers.push(getComputedStyle(one).backgroundColor);
    }
    return layers.reverse().reduce((ground, layer) => over(layer, ground), canvas);
  };
  const luminance = colour => {
    const [r, g, b] = colour.map(value => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest("script, style")) continue;
    const style = getComputedStyle(element);
    const ground = groundOf(element);
    const tones = [luminance(over(style.color, ground)), luminance(ground)];
    const ratio = (Math.max(...tones) + 0.05) / (Math.min(...tones) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      faint.push(`${ratio.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 60)}`);
    }
  }
  return faint;
}"""

_NAMELESS = """() => [...document.querySelectorAll("input:not([type=hidden]), textarea, select")]
  .filter(field => ![...field.labels].some(label => label.innerText.trim()))
  .map(field => field.outerHTML)"""

_SMALL = """() => [...document.querySelectorAll("button, textarea")]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44)
  .map(one => one.outerHTML)"""

_COUNTS = """() => ["h1", "main"]
  .map(name => `${document.querySelectorAll(name).length} ${name}`)
  .filter(count => !count.startsWith("1 "))"""

_FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


def is_wider_than_its_window(page: Page) -> bool:
    """Tell whether it would have to be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def faint_texts(page: Page) -> list[str]:
    """Return the texts with less contrast than WCAG's level AA asks for, with their ratio."""
    return page.evaluate(_TOO_FAINT)


def barriers(page: Page, language: str) -> list[str]:
    """Return what would keep somebody from using it by a screen reader or a thumb."""
    found: list[str] = page.evaluate(_COUNTS)
    if (said := page.evaluate("document.documentElement.lang")) != language:
        found.append(f"lang is {said}")
    if not page.title().strip():
        found.append("no title")
    found += [f"no label: {field}" for field in page.evaluate(_NAMELESS)]
    return found + [f"too small: {field}" for field in page.evaluate(_SMALL)]


def shows_its_focus(page: Page) -> bool:
    """Tell whether what has the focus has an outline."""
    return page.evaluate(_FOCUS)
