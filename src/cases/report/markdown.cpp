#include <algorithm>

#include <fmt/format.h>

#include "attack_names.hpp"
#include "report/facts.hpp"
#include "text_escape.hpp"

namespace vedette::cases::report {
namespace {

constexpr std::size_t kMaxMarkdownCell = 2048;

class MarkdownReport {
 public:
  MarkdownReport(const ReportInput& input, const ReportOptions& options, const Facts& facts)
      : incident_(input.incident), options_(options), facts_(facts) {}

  std::string write() {
    banner();
    out_ += fmt::format("# {}\n\n", text(incident_.shown_title()));
    summary();
    section("Key facts");
    for (const auto& [name, value] : facts_.key_facts)
      out_ += fmt::format("- **{}:** {}\n", name, text(value));
    contributions();
    stages();
    timeline();
    entities();
    indicators();
    alerts();
    evidence();
    tasks();
    quotes("Notes and comments", facts_.notes);
    quotes("Handover", facts_.handover);
    out_ += fmt::format("\n---\n\nMade by Vedette{} on {} UTC.",
                        options_.made_by.empty() ? "" : " for " + text(options_.made_by),
                        short_utc(options_.now));
    if (is_web_url(options_.console_url)) out_ += fmt::format(" <{}>", options_.console_url);
    out_ += "\n\n";
    banner();
    return std::move(out_);
  }

 private:
  static std::string text(std::string_view value) {
    return markdown_escaped(cut_text(value, kMaxMarkdownCell));
  }
  void banner() { out_ += fmt::format("**{}**\n\n", text(tlp_label(incident_.tlp))); }
  void section(std::string_view title) { out_ += fmt::format("\n## {}\n\n", title); }

  // What people wrote, line by line, in a quote.
  void quote(std::string_view value) {
    while (true) {
      const std::size_t end = value.find('\n');
      std::string_view line = value.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      const bool last = end == std::string_view::npos;
      // A backslash at the end keeps the line end; a paragraph ends without.
      const bool ends = last || value.substr(end + 1, 1) == "\n" || value.substr(end + 1, 2) == "\r\n";
      out_ += line.empty() ? ">\n" : fmt::format("> {}{}\n", text(line), ends ? "" : "\\");
      if (last) break;
      value.remove_prefix(end + 1);
    }
    out_ += '\n';
  }

  void summary() {
    section("Summary");
    if (incident_.summary.empty()) {
      out_ += text(fmt::format("{} alerts of {} kinds between {} and {} (UTC).", incident_.incident.alerts,
                               incident_.incident.members, short_utc(incident_.incident.first),
                               short_utc(incident_.incident.last))) +
              "\n";
    } else {
      quote(incident_.summary);
    }
    if (!incident_.closing_note.empty()) {
      out_ += "\n### Conclusion\n\n";
      quote(incident_.closing_note);
    }
  }

  void contributions() {
    if (incident_.incident.contributions.empty()) return;
    out_ += "\n### What the risk is made of\n\n| points | what | why |\n|---:|---|---|\n";
    for (const model::Contribution& part : incident_.incident.contributions) {
      out_ += fmt::format("| {:.0f} | {} | {} |\n", part.points, text(part.what), text(part.reason));
    }
  }

  void stages() {
    if (facts_.stages.empty()) return;
    section("Stages of the attack (MITRE ATT&CK)");
    out_ += "| stage | first seen (UTC) | techniques |\n|---|---|---|\n";
    for (const Stage& stage : facts_.stages) {
      std::string techniques;
      for (const auto& [id, alerts] : stage.techniques)
        techniques += (techniques.empty() ? "" : ", ") + text(id);
      out_ += fmt::format("| {} | {} | {} |\n", stage.title,
                          stage.first != 0 ? short_utc(stage.first) : "not seen", techniques);
    }
  }

  template <typename Items, typename Row>
  void rows(const Items& items, Row row) {
    std::size_t shown = 0;
    for (const auto& item : items) {
      if (shown++ >= options_.max_rows) break;
      row(item);
    }
    if (items.size() > options_.max_rows) {
      out_ += fmt::format("\n{} more are left out.\n", items.size() - options_.max_rows);
    }
  }

  void timeline() {
    section("Timeline (UTC)");
    out_ += "| time | what | | by |\n|---|---|---|---|\n";
    rows(facts_.timeline, [&](const TimelineRow& row) {
      std::string line = row.text;
      std::replace(line.begin(), line.end(), '\n', ' ');
      std::erase(line, '\r');
      if (!row.detail.empty()) line += "; " + row.detail;
      out_ += fmt::format("| {} | {} | {} | {} |\n", short_utc(row.time), row.kind, text(line),
                          text(row.who.empty() ? "Vedette" : row.who));
    });
  }

  void entities() {
    if (incident_.incident.entities.empty()) return;
    section("Who and what is concerned");
    out_ += "| kind | name | alerts | risk | last seen |\n|---|---|---:|---:|---|\n";
    rows(incident_.incident.entities, [&](const model::IncidentEntity& entity) {
      out_ += fmt::format("| {} | {} | {} | {:.0f} | {} |\n", entity_title(entity.entity.kind),
                          text(defanged_if_outside(entity.entity)), entity.alerts, entity.risk,
                          short_utc(entity.last));
    });
  }

  // Names of hosts and users are no indicators; addresses and domains are links in many readers.
  static std::string defanged_if_outside(const model::Entity& entity) {
    const bool outside = entity.kind == model::EntityKind::ip || entity.kind == model::EntityKind::domain;
    return outside ? defanged(entity.value) : entity.value;
  }

  void indicators() {
    if (facts_.indicators.empty()) return;
    section("Indicators (defanged)");
    out_ += "| kind | value | alerts | first seen | last seen |\n|---|---|---:|---|---|\n";
    rows(facts_.indicators, [&](const IncidentIndicator& indicator) {
      out_ += fmt::format("| {} | {} | {} | {} | {} |\n", entity_title(indicator.entity.kind),
                          text(defanged(indicator.entity.value)), indicator.alerts,
                          short_utc(indicator.first), short_utc(indicator.last));
    });
  }

  void alerts() {
    if (facts_.members.empty()) return;
    section("Alerts, and why they are here");
    out_ += "| level | rule | alerts | why |\n|---|---|---:|---|\n";
    rows(facts_.members, [&](const model::IncidentMember* member) {
      std::string why = member->links.empty() ? std::string() : member->links.front().reason;
      if (!member->evidence_reason.empty()) why += (why.empty() ? "" : "; ") + member->evidence_reason;
      out_ += fmt::format("| {} | {} | {} | {} |\n", model::level_name(member->level),
                          text(member->rule_title), member->alerts, text(why));
    });
  }

  void evidence() {
    if (facts_.evidence.empty()) return;
    section("Evidence");
    rows(facts_.evidence, [&](const Entry* entry) {
      const bool file = entry->kind == Entry::Kind::file;
      out_ += fmt::format("### {}\n\n",
                          text(file                         ? entry->file_name
                               : entry->event_sequence != 0 ? fmt::format("Event {}", entry->event_sequence)
                                                            : std::string(entry_kind_name(entry->kind))));
      out_ +=
          fmt::format("- {}{}\n", short_utc(entry->time), entry->by.empty() ? "" : " by " + text(entry->by));
      if (!entry->sha256.empty())
        out_ += fmt::format("- SHA-256 {} ({} bytes)\n", text(entry->sha256), entry->size);
      if (!entry->document.empty()) out_ += fmt::format("- {}\n", text(entry->document));
      for (const Entry::Custody& step : entry->custody) {
        out_ += fmt::format("- custody: {} {}: {}\n", short_utc(step.time),
                            text(step.by.empty() ? "Vedette" : step.by), text(step.what));
      }
      out_ += '\n';
      if (!entry->text.empty()) quote(cut_text(entry->text, kMaxMarkdownCell));
    });
  }

  void tasks() {
    if (incident_.tasks.empty()) return;
    section("Tasks and actions");
    rows(incident_.tasks, [&](const Task& task) {
      const std::string& who = task.done_by.empty() ? task.assignee : task.done_by;
      out_ +=
          fmt::format("- [{}] {}{}{}{}\n", task.state == Task::State::done ? 'x' : ' ', text(task.title),
                      task.state == Task::State::skipped ? " (skipped)" : "",
                      who.empty() ? "" : ", " + text(who), task.done != 0 ? ", " + short_utc(task.done) : "");
    });
  }

  void quotes(std::string_view title, const std::vector<const Entry*>& entries) {
    if (entries.empty()) return;
    section(title);
    rows(entries, [&](const Entry* entry) {
      out_ += fmt::format("**{}, {}**\n\n", text(entry->by.empty() ? "Vedette" : entry->by),
                          short_utc(entry->time));
      quote(cut_text(entry->text, 4 * kMaxMarkdownCell));
    });
  }

  const Case& incident_;
  const ReportOptions& options_;
  const Facts& facts_;
  std::string out_;
};

}  // namespace

std::string markdown_report(const ReportInput& input, const ReportOptions& options, const Facts& facts) {
  return MarkdownReport(input, options, facts).write();
}

}  // namespace vedette::cases::report
