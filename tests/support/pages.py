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


def check_page(page: Page, *, widths: tuple[int, ...] = WIDTHS) -> None:
    """Fail with every fault of the page as it stands: names and labels, one h1, no sideways scrolling."""
    before = page.viewport_size
    faults: list[str] = list(page.evaluate(FAULTS))
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(60)  # a layout that answers to the width settles
        if wide := page.evaluate(OVERFLOW):
            faults.append(f"scrolls sideways at {width} px, {wide}")
    if before:
        page.set_viewport_size(before)
    if faults:
        pytest.fail(f"{page.url}\n" + "\n".join(faults), pytrace=False)
