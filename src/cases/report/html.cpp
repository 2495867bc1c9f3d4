#include <algorithm>

#include <fmt/format.h>

#include "attack_names.hpp"
#include "report/facts.hpp"
#include "report/style.hpp"
#include "text_escape.hpp"

namespace vedette::cases::report {
namespace {

constexpr std::size_t kMaxCell = 4096;
constexpr std::size_t kMaxLinks = 3;

// What people wrote: **bold** and `code` of Markdown within a line, all else as it is.
std::string prose_html(std::string_view value) {
  const std::string escaped = html_lines(value);
  std::string out;
  std::size_t at = 0;
  while (at < escaped.size()) {
    const std::size_t mark = escaped.find_first_of("*`", at);
    if (mark == std::string::npos) break;
    out.append(escaped, at, mark - at);
    const std::string_view sign = escaped[mark] == '`' ? "`" : "**";
    const std::size_t from = mark + sign.size();
    const std::size_t line_end = std::min(escaped.find('\n', mark), escaped.size());
    const std::size_t end = escaped.compare(mark, sign.size(), sign) == 0
                                ? std::string_view(escaped).substr(0, line_end).find(sign, from)
                                : std::string::npos;
    if (end == std::string::npos || end == from) {
      out += escaped[mark];
      at = mark + 1;
      continue;
    }
    const std::string_view tag = sign == "`" ? "code" : "b";
    out += fmt::format("<{0}>{1}</{0}>", tag, std::string_view(escaped).substr(from, end - from));
    at = end + sign.size();
  }
  return out.append(escaped, at);
}

class HtmlReport {
 public:
  HtmlReport(const ReportInput& input, const ReportOptions& options, const Facts& facts)
      : incident_(input.incident), options_(options), facts_(facts) {}

  std::string write() {
    head();
    summary();
    key_facts();
    stages();
    timeline();
    entities();
    indicators();
    alerts();
    evidence();
    tasks();
    prose_items("Notes and comments", facts_.notes);
    prose_items("Handover", facts_.handover);
    foot();
    return std::move(out_);
  }

 private:
  std::string text(std::string_view value) const { return html_escaped(cut_text(value, kMaxCell)); }

  void banner() {
    std::string name(tlp_name(incident_.tlp));
    std::replace(name.begin(), name.end(), '+', '-');
    out_ += fmt::format("<tr><td><div class=\"tlp tlp-{}\">{}</div></td></tr>", name,
                        text(tlp_label(incident_.tlp)));
  }

  void head() {
    const std::string title = text(incident_.shown_title());
    const std::string_view level = model::level_name(incident_.shown_severity());
    out_ +=
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">"
        "<meta name=\"referrer\" content=\"no-referrer\">";
    out_ += fmt::format("<title>{}: {}</title>\n<style>{}</style></head>\n<body>\n",
                        text(incident_.incident.id), title, report_style());
    // Head and foot of a table stand on every page of paper.
    out_ += "<table class=\"sheet\" role=\"presentation\"><thead>";
    banner();
    out_ += "</thead><tfoot>";
    banner();
    out_ += "</tfoot><tbody><tr><td>";
    out_ += "<main>\n<header><p class=\"kicker\"><b>Incident report</b><span>";
    out_ += text(incident_.incident.id) + "</span></p>\n<h1>" + title + "</h1>\n<p class=\"badges\">";
    out_ += fmt::format("<span class=\"badge level level-{0}\">{0}</span>", level);
    out_ += fmt::format("<span class=\"badge\">{}</span>", status_title(incident_.status));
    if (incident_.classification != Classification::none) {
      out_ += fmt::format("<span class=\"badge\">{}</span>", classification_title(incident_.classification));
    }
    out_ += fmt::format("<span class=\"badge\">Risk {:.0f}</span></p></header>\n", incident_.incident.risk);
  }

  void section(std::string_view title) { out_ += fmt::format("<h2>{}</h2>\n", title); }
  void prose(std::string_view value, std::string_view classes = "prose") {
    out_ += fmt::format("<p class=\"{}\">{}</p>\n", classes, prose_html(value));
  }

  void summary() {
    section("Summary");
    if (incident_.summary.empty()) {
      prose(fmt::format("{} alerts of {} kinds between {} and {} (UTC). Nobody has written a summary.",
                        incident_.incident.alerts, incident_.incident.members,
                        short_utc(incident_.incident.first), short_utc(incident_.incident.last)),
            "lead");
    } else {
      prose(incident_.summary, "prose lead");
    }
    if (!incident_.closing_note.empty()) {
      out_ += "<h3>Conclusion</h3>\n";
      prose(incident_.closing_note);
    }
  }

  void key_facts() {
    section("Key facts");
    out_ += "<dl class=\"facts\">\n";
    for (const auto& [name, value] : facts_.key_facts) {
      out_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, text(value));
    }
    out_ += "</dl>\n";
    if (incident_.incident.contributions.empty()) return;
    out_ +=
        "<h3>What the risk is made of</h3>\n<div class=\"wide\"><table><colgroup><col style=\"width:9%\">"
        "<col style=\"width:20%\"><col></colgroup><thead><tr><th class=\"n\">Points</th><th>What</th>"
        "<th>Why</th></tr></thead><tbody>\n";
    for (const model::Contribution& part : incident_.incident.contributions) {
      out_ += fmt::format("<tr><td class=\"n\">{:.0f}</td><td>{}</td><td>{}</td></tr>\n", part.points,
                          text(part.what), text(part.reason));
    }
    out_ += "</tbody></table></div>\n";
  }

  void stages() {
    if (facts_.stages.empty()) return;
    section("Stages of the attack (MITRE ATT&amp;CK)");
    out_ += "<ul class=\"stages\">\n";
    for (const Stage& stage : facts_.stages) {
      out_ += fmt::format("<li{}><b>{}</b>", stage.first != 0 ? " class=\"seen\"" : "", stage.title);
      out_ += fmt::format("<time>{}</time>",
                          stage.first != 0 ? short_utc(stage.first).substr(5, 11) : "not seen");
      for (const auto& [id, alerts] : stage.techniques) {
        out_ += fmt::format("<span>{} <i>{}</i></span>", text(id), alerts > 0 ? std::to_string(alerts) : "");
      }
      out_ += "</li>\n";
    }
    out_ += "</ul>\n";
  }

  // Rows of a table up to the bound, and how many were left out.
  template <typename Items, typename Row>
  void rows(const Items& items, Row row) {
    std::size_t shown = 0;
    for (const auto& item : items) {
      if (shown++ >= options_.max_rows) break;
      row(item);
    }
    out_ += "</tbody></table></div>\n";
    if (items.size() > options_.max_rows) {
      out_ += fmt::format("<p class=\"cut\">{} more are left out.</p>\n", items.size() - options_.max_rows);
    }
  }

  void timeline() {
    section("Timeline (UTC)");
    if (facts_.timeline.empty()) return prose("Nothing yet.", "none");
    out_ +=
        "<div class=\"wide\"><table><colgroup><col style=\"width:162px\"><col style=\"width:92px\"><col>"
        "<col style=\"width:112px\"></colgroup><thead><tr><th>Time</th><th>What</th><th></th><th>By</th></tr>"
        "</thead><tbody>\n";
    rows(facts_.timeline, [&](const TimelineRow& row) {
      const bool alert = row.kind == "alert";
      const std::string body = row.from_people ? prose_html(cut_text(row.text, kMaxCell)) : text(row.text);
      out_ += fmt::format(
          "<tr><td class=\"t\">{}</td><td>{}{}</td><td{}>{}", short_utc(row.time),
          alert ? fmt::format("<i class=\"dot level-{}\"></i>", model::level_name(row.level)) : "", row.kind,
          row.from_people ? " class=\"prose\"" : "", body);
      if (!row.detail.empty()) out_ += "<span class=\"detail\">" + text(row.detail) + "</span>";
      out_ += "</td><td class=\"who\">" + text(row.who.empty() ? "Vedette" : row.who) + "</td></tr>\n";
    });
  }

  void entities() {
    if (incident_.incident.entities.empty()) return;
    section("Who and what is concerned");
    out_ +=
        "<div class=\"wide\"><table><colgroup><col style=\"width:112px\"><col><col style=\"width:80px\">"
        "<col style=\"width:96px\"><col "
        "style=\"width:162px\"></colgroup><thead><tr><th>Kind</th><th>Name</th>"
        "<th class=\"n\">Alerts</th><th>Risk</th><th>Last seen</th></tr></thead><tbody>\n";
    rows(incident_.incident.entities, [&](const model::IncidentEntity& entity) {
      out_ += fmt::format(
          "<tr><td>{}</td><td class=\"mono\">{}</td><td class=\"n\">{}</td><td>{:.0f}<span class=\"bar\"><i "
          "style=\"width:{:.0f}%\"></i></span></td><td class=\"t\">{}</td></tr>\n",
          entity_title(entity.entity.kind), text(entity.entity.value), entity.alerts, entity.risk,
          std::clamp(entity.risk, 0.0, 100.0), short_utc(entity.last));
    });
  }

  void indicators() {
    if (facts_.indicators.empty()) return;
    section("Indicators");
    out_ +=
        "<div class=\"wide\"><table><colgroup><col style=\"width:92px\"><col><col style=\"width:80px\">"
        "<col style=\"width:162px\"><col style=\"width:162px\"></colgroup><thead><tr><th>Kind</th><th>Value "
        "(defanged)</th><th class=\"n\">Alerts</th><th>First seen</th><th>Last "
        "seen</th></tr></thead><tbody>\n";
    rows(facts_.indicators, [&](const IncidentIndicator& indicator) {
      out_ += fmt::format(
          "<tr><td>{}</td><td class=\"mono\">{}</td><td class=\"n\">{}</td><td class=\"t\">{}</td><td "
          "class=\"t\">{}</td></tr>\n",
          entity_title(indicator.entity.kind), text(defanged(indicator.entity.value)), indicator.alerts,
          short_utc(indicator.first), short_utc(indicator.last));
    });
  }

  void alerts() {
    if (facts_.members.empty()) return;
    section("Alerts, and why they are here");
    out_ +=
        "<div class=\"wide\"><table><colgroup><col style=\"width:106px\"><col style=\"width:40%\"><col "
        "style=\"width:64px\"><col></colgroup><thead><tr><th>Level</th><th>Rule</th><th "
        "class=\"n\">Alerts</th>"
        "<th>Why</th></tr></thead><tbody>\n";
    rows(facts_.members, [&](const model::IncidentMember* member) {
      std::string techniques;
      for (const std::string& id : member->techniques) techniques += (techniques.empty() ? "" : ", ") + id;
      out_ += fmt::format(
          "<tr><td><i class=\"dot level-{0}\"></i>{0}</td><td>{1}<span class=\"detail\">{2}</span>"
          "</td><td class=\"n\">{3}</td><td>",
          model::level_name(member->level), text(member->rule_title), text(techniques), member->alerts);
      std::size_t links = 0;
      for (const model::IncidentLink& link : member->links) {
        if (link.reason.empty() || links++ == kMaxLinks) continue;
        out_ += "<span class=\"detail\">" + text(link.reason) + "</span>";
      }
      if (!member->evidence_reason.empty()) {
        out_ += "<span class=\"detail\">" + text(member->evidence_reason) + "</span>";
      }
      out_ += "</td></tr>\n";
    });
  }

  void evidence() {
    if (facts_.evidence.empty()) return;
    section("Evidence");
    std::size_t shown = 0;
    for (const Entry* entry : facts_.evidence) {
      if (shown++ >= options_.max_rows) break;
      const bool file = entry->kind == Entry::Kind::file;
      out_ += "<div class=\"item\"><h3>" +
              text(file                         ? entry->file_name
                   : entry->event_sequence != 0 ? fmt::format("Event {}", entry->event_sequence)
                                                : std::string(entry_kind_name(entry->kind))) +
              "</h3>\n";
      out_ += fmt::format("<p class=\"soft\">{}{}</p>\n", short_utc(entry->time),
                          entry->by.empty() ? "" : " by " + text(entry->by));
      if (!entry->sha256.empty()) {
        out_ += fmt::format("<p class=\"sha\">SHA-256 {}{}</p>\n", text(entry->sha256),
                            entry->size > 0 ? fmt::format(" &middot; {} bytes", entry->size) : "");
      }
      if (!entry->text.empty()) prose(cut_text(entry->text, kMaxCell));
      if (!entry->document.empty()) {
        out_ += "<p class=\"mono\">" + text(cut_text(entry->document, kMaxCell)) + "</p>\n";
      }
      custody(*entry);
      out_ += "</div>\n";
    }
  }

  void custody(const Entry& entry) {
    if (entry.custody.empty()) return;
    out_ += "<ol>";
    for (const Entry::Custody& step : entry.custody) {
      out_ += fmt::format("<li>{} {}: {}</li>", short_utc(step.time),
                          text(step.by.empty() ? "Vedette" : step.by), text(step.what));
    }
    out_ += "</ol>\n";
  }

  void tasks() {
    if (incident_.tasks.empty()) return;
    section("Tasks and actions");
    out_ +=
        "<div class=\"wide\"><table><colgroup><col style=\"width:86px\"><col><col style=\"width:130px\"><col "
        "style=\"width:162px\"></colgroup><thead><tr><th>State</th><th>Task</th><th>By</th><th>Done or "
        "due</th>"
        "</tr></thead><tbody>\n";
    rows(incident_.tasks, [&](const Task& task) {
      const std::string& who = task.done_by.empty() ? task.assignee : task.done_by;
      out_ += fmt::format("<tr><td>{}</td><td>{}", task_state_title(task.state), text(task.title));
      if (!task.description.empty()) out_ += "<span class=\"detail\">" + text(task.description) + "</span>";
      out_ += fmt::format("</td><td>{}</td><td class=\"t\">{}</td></tr>\n", text(who),
                          task.done != 0  ? short_utc(task.done)
                          : task.due != 0 ? "due " + short_utc(task.due).substr(0, 16)
                                          : "");
    });
  }

  void prose_items(std::string_view title, const std::vector<const Entry*>& entries) {
    if (entries.empty()) return;
    section(title);
    std::size_t shown = 0;
    for (const Entry* entry : entries) {
      if (shown++ >= options_.max_rows) break;
      out_ += fmt::format("<div class=\"item\"><p class=\"soft\">{}, {}</p>",
                          text(entry->by.empty() ? "Vedette" : entry->by), short_utc(entry->time));
      prose(cut_text(entry->text, 4 * kMaxCell));
      out_ += "</div>\n";
    }
  }

  void foot() {
    out_ += "<footer>Made by Vedette " +
            (options_.made_by.empty() ? "" : "for " + text(options_.made_by) + " ") + "on " +
            short_utc(options_.now) + " UTC.";
    if (is_web_url(options_.console_url)) {
      out_ += fmt::format(" <a href=\"{0}\" rel=\"noreferrer\">{0}</a>", text(options_.console_url));
    }
    out_ += " MITRE ATT&amp;CK is a trademark of The MITRE Corporation.</footer>\n</main>\n";
    out_ += "</td></tr></tbody></table></body></html>\n";
  }

  const Case& incident_;
  const ReportOptions& options_;
  const Facts& facts_;
  std::string out_;
};

}  // namespace

std::string html_report(const ReportInput& input, const ReportOptions& options, const Facts& facts) {
  return HtmlReport(input, options, facts).write();
}

}  // namespace vedette::cases::report
