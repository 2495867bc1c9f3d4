// Every rule that fired, and below it the alerts that were kept, each with its evidence.
#include <fmt/format.h>

#include "html/escape.hpp"
#include "html/highlight.hpp"
#include "html/page.hpp"
#include "text_layout.hpp"

namespace vedette::report::html {
namespace {

using model::Level;
// Details stop here, so that the page can still be opened.
constexpr std::size_t kMaxPageBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxReferences = 20;

bool is_web_link(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

void append_link(std::string& out, std::string_view url, std::string_view text) {
  out += "<a rel=\"noopener noreferrer\" target=\"_blank\" href=\"";
  append_text(out, url);
  out += "\">";
  append_text(out, text);
  out += "</a>";
}

// "attack.t1059.001" becomes a link to its page.
void append_tag(std::string& out, const std::string& tag) {
  std::string id =
      tag.size() > 8 && (tag[7] == 't' || tag[7] == 'T') && tag.starts_with("attack.") ? tag.substr(7) : "";
  const bool technique = id.size() >= 5 && id.find_first_not_of("0123456789.", 1) == std::string::npos;
  out += "<li>";
  if (technique) {
    id[0] = 'T';
    std::string path = id;
    if (const std::size_t dot = path.find('.'); dot != std::string::npos) path[dot] = '/';
    append_link(out, "https://attack.mitre.org/techniques/" + path + "/", id);
  } else {
    append_text(out, cut_bytes(tag, 100));
  }
  out += "</li>";
}

void append_list(std::string& out, std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  out += fmt::format("<div><dt>{}</dt><dd><ul>", title);
  for (std::size_t i = 0; i < items.size() && i < kMaxReferences; ++i) {
    out += "<li>";
    const std::string item = cut_bytes(items[i], kMaxDetailValueBytes);
    if (is_web_link(item)) {
      append_link(out, item, item);
    } else {
      append_text(out, item);
    }
    out += "</li>";
  }
  out += "</ul></dd></div>";
}

void append_rule(std::string& out, const model::RuleInfo& rule) {
  out += "<div class=\"rule\">";
  if (!rule.description.empty()) {
    out += "<p>";
    append_lines(out, cut_bytes(rule.description, kMaxDetailValueBytes));
    out += "</p>";
  }
  if (!rule.tags.empty()) {
    out += "<ul class=\"tags\">";
    for (std::size_t i = 0; i < rule.tags.size() && i < kMaxReferences; ++i) append_tag(out, rule.tags[i]);
    out += "</ul>";
  }
  out += "<dl>";
  append_list(out, "False positives", rule.false_positives);
  append_list(out, "References", rule.references);
  std::string origin = rule.author;
  const auto add = [&](std::string_view text) {
    if (text.empty()) return;
    if (!origin.empty()) origin += " · ";
    origin += text;
  };
  add(rule.license);
  add(model::status_name(rule.status));
  add(rule.id);
  out += "<div><dt>Rule</dt><dd>";
  append_text(out, cut_bytes(origin, kMaxDetailValueBytes));
  out += "</dd></div></dl></div>";
}

// The value with the parts that matched marked; a long one is cut around them.
void append_value(std::string& out, const model::Match& match) {
  const auto marks = highlights(match);
  const std::string_view value = match.value;
  std::size_t start = 0;
  if (!marks.empty() && marks.front().first > kMaxDetailValueBytes - 256) start = marks.front().first - 128;
  while (start > 0 && (static_cast<unsigned char>(value[start]) & 0xC0) == 0x80) --start;
  const std::size_t end = std::min(value.size(), start + kMaxDetailValueBytes);
  if (start > 0) out += "…";
  std::size_t at = start;
  for (const auto& [first, last] : marks) {
    if (first < at || last > end) break;
    append_lines(out, value.substr(at, first - at));
    out += "<mark>";
    append_lines(out, value.substr(first, last - first));
    out += "</mark>";
    at = last;
  }
  const std::string rest = cut_bytes(value.substr(at), end - at);
  append_lines(out, rest);
}

void append_matches(std::string& out, const AlertDetail& detail) {
  if (detail.matches.empty()) return;
  out += "<h4>What matched</h4><table class=\"kv\"><tbody>";
  for (const model::Match& match : detail.matches) {
    out += "<tr><th>";
    append_text(out, cut_bytes(match.field, 256));
    out += "</th><td class=\"test\">";
    append_text(out, match.modifier.empty() ? "is" : cut_bytes(match.modifier, 100));
    out += " <q>";
    append_text(out, cut_bytes(match.pattern, 512));
    out += "</q></td><td class=\"value\">";
    append_value(out, match);
    out += "</td></tr>";
  }
  out += "</tbody></table>";
  if (detail.matches_left_out > 0)
    out += "<p class=\"note\">and " + grouped(detail.matches_left_out) + " more</p>";
}

void append_row(std::string& out, std::string_view name, std::string_view value) {
  out += "<tr><th>";
  append_text(out, cut_bytes(name, 256));
  out += "</th><td class=\"value\">";
  append_lines(out, value);
  out += "</td></tr>";
}

void append_correlation(std::string& out, const model::CorrelationResult& result) {
  out += "<h4>Correlation</h4><table class=\"kv\"><tbody>";
  append_row(out, cut_bytes(result.type, 64), fmt::format("{}", result.value));
  for (std::size_t i = 0; i < result.group.size() && i < kMaxReferences; ++i) {
    append_row(out, result.group[i].first, cut_bytes(result.group[i].second, kMaxDetailValueBytes));
  }
  append_row(out, "first event", date_time_text(result.first));
  append_row(out, "last event", date_time_text(result.last));
  append_row(out, "events kept", grouped(result.event_ids.size()));
  out += "</tbody></table>";
}

void append_alert(std::string& out, const AlertDetail& detail) {
  out += "<details class=\"alert\"><summary><time>";
  out += detail.time == 0 ? "no time" : date_time_text(detail.time);
  out += "</time><span class=\"host\">";
  append_text(out, detail.host.empty() ? "-" : detail.host);
  out += "</span><span class=\"user\">";
  append_text(out, detail.user.empty() ? detail.source : detail.user);
  out += "</span><span class=\"key\">";
  append_text(out, detail.key_match);
  out += "</span></summary><div class=\"body\">";
  if (detail.correlation) append_correlation(out, *detail.correlation);
  append_matches(out, detail);
  out += "<h4>Event</h4><table class=\"kv\"><tbody>";
  append_row(out, "time", detail.time == 0 ? "-" : base::format_rfc3339(detail.time));
  append_row(out, "found in", detail.path + ":" + std::to_string(detail.position));
  append_row(out, "alert id", detail.id);
  for (const auto& [name, value] : detail.fields) append_row(out, name, value);
  out += "</tbody></table>";
  if (detail.fields_left_out > 0) {
    out += "<p class=\"note\">" + counted(detail.fields_left_out, "more field") + " not shown</p>";
  }
  out += "</div></details>";
}

void append_group(Page& page, const RuleGroup& group, std::uint64_t& shown) {
  const model::RuleInfo& rule = *group.count->rule;
  std::string& out = page.out;
  out += fmt::format("<details class=\"group {}\" id=\"{}\"><summary>", level_class(rule.level),
                     page.anchor(&rule));
  append_badge(out, rule.level);
  out += "<span class=\"title\">";
  append_text(out, cut_bytes(rule.title, 300));
  out += "</span><span class=\"span\">" + date_time_text(group.count->first);
  if (group.count->last != group.count->first) out += " – " + date_time_text(group.count->last);
  out += "</span><span class=\"count\">" + grouped(group.count->total) + "</span></summary>";
  append_rule(out, rule);
  std::uint64_t here = 0;
  for (const AlertDetail* detail : group.alerts) {
    if (out.size() > kMaxPageBytes) break;
    append_alert(out, *detail);
    ++here;
  }
  shown += here;
  if (here < group.count->total) {
    out += "<p class=\"note\">" + counted(group.count->total - here, "more alert") +
           " of this rule not shown here; the other outputs have them all.</p>";
  }
  out += "</details>\n";
}

// Level boxes work without script: they are siblings of the list and hide by style alone.
void append_filter(Page& page) {
  for (std::size_t level = model::kLevels; level-- > 0;) {
    if (page.state.levels[level] == 0) continue;
    const auto shown = static_cast<Level>(level);
    page.out += fmt::format(
        "<input type=\"checkbox\" class=\"pick\" id=\"f-{0}\" checked><label class=\"pick {0}\" "
        "for=\"f-{0}\">{1} <b>{2}</b></label>",
        level_class(shown), model::level_name(shown), grouped(page.state.levels[level]));
  }
  page.out +=
      "<div class=\"search\" id=\"search\" hidden><input type=\"search\" id=\"q\" aria-label=\"Filter the "
      "alerts by "
      "text\" placeholder=\"Filter by rule, host, user, value …\" autocomplete=\"off\"><output id=\"shown\" "
      "for=\"q\"></output></div>";
}

}  // namespace

void append_alerts(Page& page) {
  if (page.state.total == 0) return;
  page.out +=
      "<section class=\"card alerts\" id=\"alerts\" aria-labelledby=\"h-alerts\"><h2 id=\"h-alerts\">Alerts, "
      "by "
      "rule</h2>";
  append_filter(page);
  page.out += "<div class=\"groups\">\n";
  std::uint64_t shown = 0;
  for (const RuleGroup& group : page.groups) append_group(page, group, shown);
  page.out += "</div>";
  if (shown < page.state.total) {
    page.out += "<p class=\"note\">Details are shown for " + grouped(shown) + " of " +
                counted(page.state.total, "alert") + ", the most severe first; " +
                grouped(page.state.total - shown) + " left out. All are counted.</p>";
  }
  page.out += "</section>\n";
}

}  // namespace vedette::report::html
