"""How well text can be read on a page: the contrast of WCAG 2, measured in the browser."""

from __future__ import annotations

from playwright.sync_api import Page

ENOUGH = 4.5

_MEASURE = """
(selector) => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  // Any CSS colour as red, green, blue and opacity.
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (front, back) => [0, 1, 2].map((i) => front[i] * front[3] + back[i] * (1 - front[3])).concat(1);
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      layers.push(rgba(getComputedStyle(at).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reduceRight((back, front) => over(front, back), [255, 255, 255, 1]);
  };
  const luminance = (color) => {
    const [red, green, blue] = color.slice(0, 3).map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  return [...document.querySelectorAll(selector)].map((node) => {
    const back = ground(node);
    const front = over(rgba(getComputedStyle(node).color), back);
    const [light, dark] = [luminance(front), luminance(back)].sort((a, b) => b - a);
    return [`${node.className}: ${node.textContent.trim().slice(0, 30)}`, (light + 0.05) / (dark + 0.05)];
  });
}
"""


def ratios(page: Page, selector: str) -> dict[str, float]:
    """The least contrast of text with what is behind it, by class and text."""
    found: dict[str, float] = {}
    for name, ratio in page.evaluate(_MEASURE, selector):
        found[name] = min(ratio, found.get(name, ratio))
    return found


def too_low(page: Page, selector: str) -> dict[str, float]:
    """Those that are below 4.5:1; an error when there are no such elements."""
    found = ratios(page, selector)
    assert found, f"nothing on the page is {selector}"
    return {name: round(ratio, 2) for name, ratio in found.items() if ratio < ENOUGH}
