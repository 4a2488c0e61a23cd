"""What every page must fulfil, whoever reads it and on whatever screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

# the widths of the design guide: a phone, a small window, a desktop
WIDTHS = (390, 1100, 1440)

# runs in the page; returns one sentence for each fault
FAULTS = """() => {
  const faults = [];
  const show = e => (e.outerHTML || '').replace(/\\s+/g, ' ').slice(0, 160);
  const seen = e => e.checkVisibility({ checkVisibilityCSS: true });
  const text = ids => (ids || '').split(/\\s+/).map(i => document.getElementById(i)?.textContent || '').join('').trim();
  const named = e => (e.getAttribute('aria-label') || '').trim() || text(e.getAttribute('aria-labelledby'))
    || (e.getAttribute('title') || '').trim();
  for (const e of document.querySelectorAll('input, select, textarea')) {
    if (['hidden', 'submit', 'button', 'reset', 'image'].includes(e.type)) continue;
    const labelled = [...(e.labels || [])].some(l => l.textContent.trim());
    if (!labelled && !named(e)) faults.push('no label: ' + show(e));
  }
  for (const e of document.querySelectorAll('button, a[href], [role=button]')) {
    if (!seen(e)) continue;
    const pictures = [...e.querySelectorAll('img[alt], svg title')];
    const says = e.textContent.trim() || pictures.map(p => p.alt || p.textContent).join('').trim();
    if (!says && !named(e) && !(e.value || '').trim()) faults.push('no name: ' + show(e));
  }
  for (const e of document.querySelectorAll('img:not([alt])')) faults.push('no alt: ' + show(e));
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  for (const id of new Set(ids.filter((x, n) => ids.indexOf(x) !== n))) faults.push('id twice: ' + id);
  for (const e of document.querySelectorAll('[tabindex]')) {
    if (Number(e.getAttribute('tabindex')) > 0) faults.push('tabindex above 0: ' + show(e));
  }
  for (const e of document.querySelectorAll('th')) {
    if (!e.textContent.trim() && !named(e) && !e.querySelector('input')) faults.push('empty th: ' + show(e));
  }
  if (!document.documentElement.lang) faults.push('html has no lang');
  if (!document.title.trim()) faults.push('no title');
  if (!document.querySelector('main')) faults.push('no main');
  const heads = document.querySelectorAll('h1').length;
  if (heads !== 1) faults.push(heads + ' h1, one is right');
  return faults;
}"""

OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return null;
  const wide = [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > width + 1)
    .map(e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + [...e.classList].map(c => '.' + c).join(''));
  return document.documentElement.scrollWidth + ' px wide: ' + [...new Set(wide)].slice(0, 8).join(', ');
}"""

# a value beside its term that its column cuts off
CUT_OFF = """() => [...document.querySelectorAll('.dl dd')]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.textContent.trim().replace(/\\s+/g, ' ').slice(0, 60))"""


def check_page(page: Page, *, widths: tuple[int, ...] = WIDTHS) -> None:
    """Fail with every fault of the page as it stands: names and labels, one h1, no sideways scrolling, no value cut off."""
    page.wait_for_load_state()
    before = page.viewport_size
    faults: list[str] = list(page.evaluate(FAULTS))
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(60)  # a layout that answers to the width settles
        if wide := page.evaluate(OVERFLOW):
            faults.append(f"scrolls sideways at {width} px, {wide}")
        faults += [f"cut off at {width} px: {value}" for value in page.evaluate(CUT_OFF)]
    if before:
        page.set_viewport_size(before)
    if faults:
        pytest.fail(f"{page.url}\n" + "\n".join(faults), pytrace=False)


# text too pale for what it stands on (WCAG 2.2 AA: 4.5, large text 3), and regions that cannot be told apart
READING = """() => {
  const faults = [];
  const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
    .getContext('2d', { willReadFrequently: true });
  const seen = new Map();
  const colour = css => {
    if (!seen.has(css)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = css;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      seen.set(css, [r, g, b, a / 255]);
    }
    return seen.get(css);
  };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
  const light = rgb => rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = e => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== 'none') return null;  // a picture or pattern: judged by eye
      const found = colour(style.backgroundColor);
      if (found[3] > 0) layers.push(found);
      if (found[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const done = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || done.has(e)) continue;
    done.add(e);
    const box = e.getBoundingClientRect();
    if (!e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || box.width < 2 || box.height < 2) continue;
    if (e.closest('svg, [disabled], [aria-disabled=true], .sr, option')) continue;
    const under = ground(e);
    if (!under) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(over(colour(style.color), under)), light(under)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    const size = parseFloat(style.fontSize);
    const wanted = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if (ratio < wanted - .01) faults.push(`contrast ${ratio.toFixed(2)}: ${e.textContent.trim().slice(0, 30)} (${e.className})`);
  }
  const regions = [...document.querySelectorAll('nav, aside, section[role], [role=navigation], [role=toolbar]')];
  for (const e of regions) {
    if (!e.checkVisibility()) continue;
    if (e.tagName === 'ASIDE' && !e.getAttribute('aria-label') && document.querySelectorAll('aside').length < 2) continue;
    if (!e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby')) faults.push('region without a name: ' + e.outerHTML.slice(0, 90));
  }
  const levels = [...document.querySelectorAll('h1,h2,h3,h4')].filter(e => e.checkVisibility() && !e.closest('.empty')).map(e => Number(e.tagName[1]));
  levels.reduce((last, level) => (level > last + 1 && faults.push(`h${level} after h${last}`), level), 0);
  return faults;
}"""


def check_reading(page: Page) -> None:
    """Fail with text that is too pale for its ground, regions without names and headings that skip a level."""
    faults = page.evaluate(READING)
    if faults:
        pytest.fail(f"{page.url}\n" + "\n".join(faults), pytrace=False)
