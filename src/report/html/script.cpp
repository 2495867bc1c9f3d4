#include "html/page.hpp"
#include "html/sha256.hpp"

namespace vedette::report::html {
namespace {

// The text filter, and opening what a link points to. The page is complete without it.
constexpr std::string_view kScript = R"js('use strict';
(function () {
  var box = document.getElementById('search'), q = document.getElementById('q'), shown = document.getElementById('shown');
  if (box) {
    var groups = Array.prototype.slice.call(document.querySelectorAll('.group')).map(function (g) {
      return { node: g, head: null, alerts: Array.prototype.slice.call(g.querySelectorAll('.alert')), texts: [] };
    });
    var text = function (node) { return node.textContent.toLowerCase(); };
    var run = function () {
      var words = q.value.toLowerCase().split(/\s+/).filter(Boolean), total = 0, rules = 0;
      groups.forEach(function (g) {
        if (words.length && g.head === null) {
          g.head = text(g.node.querySelector('summary')) + ' ' + text(g.node.querySelector('.rule'));
          g.texts = g.alerts.map(text);
        }
        var hits = 0;
        g.alerts.forEach(function (a, i) {
          var ok = words.every(function (w) { return g.head.indexOf(w) >= 0 || g.texts[i].indexOf(w) >= 0; });
          a.hidden = !ok;
          hits += ok ? 1 : 0;
        });
        var headOnly = words.length && words.every(function (w) { return g.head.indexOf(w) >= 0; });
        g.node.hidden = !!words.length && !hits && !headOnly;
        g.node.open = !!words.length && hits > 0;
        if (g.node.hidden || getComputedStyle(g.node).display === 'none') return;
        total += hits;
        rules += 1;
      });
      shown.textContent = words.length ? total + ' shown, ' + rules + ' rules' : '';
    };
    var timer = 0;
    q.addEventListener('input', function () { clearTimeout(timer); timer = setTimeout(run, 120); });
    Array.prototype.forEach.call(document.querySelectorAll('input.pick'), function (p) {
      p.addEventListener('change', function () { if (q.value) run(); });
    });
    box.hidden = false;
  }
  var reveal = function () {
    var target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target || target.tagName !== 'DETAILS') return;
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  reveal();
})();
)js";
constexpr std::array<char, 44> kScriptHash = sha256_base64(kScript);

}  // namespace

std::string_view script() {
  return kScript;
}
std::string_view script_hash() {
  return {kScriptHash.data(), kScriptHash.size()};
}

}  // namespace vedette::report::html
