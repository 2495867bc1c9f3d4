#include "notify/render.hpp"

#include <fmt/format.h>

#include "digests.hpp"
#include "report/facts.hpp"
#include "text_escape.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cases/report.hpp"

namespace vedette::cases::notify {
namespace {

using base::JsonWriter;

constexpr std::size_t kMaxTitle = 200, kMaxDetail = 1000, kMaxEntitiesShown = 5, kMaxFact = 300;
constexpr std::string_view kOnlyInConsole = "(TLP:RED: what it is about is shown in the console only)";

std::string_view what_happened(NotifyOn on) {
  switch (on) {
    case NotifyOn::opened:
      return "Incident opened";
    case NotifyOn::severity_raised:
      return "Severity raised";
    case NotifyOn::assigned:
      return "Incident assigned";
    case NotifyOn::mentioned:
      return "Mentioned";
    case NotifyOn::status_changed:
      return "Status changed";
    case NotifyOn::sla_near:
      return "Target is near";
    case NotifyOn::sla_breached:
      return "Target missed";
  }
  return "Incident";
}

std::string title_of(const Notice& notice) {
  if (notice.tlp == Tlp::red) return std::string(kOnlyInConsole);
  return cut_text(plain_line(notice.title), kMaxTitle);
}

std::string entities_text(const std::vector<model::Entity>& entities) {
  std::string out;
  for (std::size_t i = 0; i < entities.size() && i < kMaxEntitiesShown; ++i) {
    const bool outside =
        entities[i].kind == model::EntityKind::ip || entities[i].kind == model::EntityKind::domain;
    const std::string value = cut_text(plain_line(entities[i].value), 100);
    out += fmt::format("{}{} {}", i > 0 ? ", " : "", report::entity_title(entities[i].kind),
                       outside ? defanged(value) : value);
  }
  if (entities.size() > kMaxEntitiesShown) out += ", ...";
  return out;
}

// What Slack takes for markup is nothing in these elements, but & < > are to be escaped always.
std::string slack_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

void slack_text(JsonWriter& json, std::string_view text, std::size_t most) {
  json.begin_object().field("type", "plain_text").field("text", cut_text(slack_escaped(text), most));
  json.field("emoji", false).end_object();
}

void slack_section(JsonWriter& json, std::string_view text) {
  json.begin_object().field("type", "section").key("text");
  slack_text(json, text, 2900);
  json.end_object();
}

void slack_link(JsonWriter& json, const std::string& url) {
  if (url.empty()) return;
  json.begin_object().field("type", "actions").key("elements").begin_array().begin_object();
  json.field("type", "button").key("text");
  slack_text(json, "Open in Vedette", 75);
  json.field("url", url).end_object().end_array().end_object();
}

void teams_text(JsonWriter& json, std::string_view text, bool strong, bool subtle = false) {
  json.begin_object().field("type", "RichTextBlock").key("inlines").begin_array().begin_object();
  json.field("type", "TextRun").field("text", text);
  if (strong) json.field("weight", "Bolder").field("size", "Medium");
  if (subtle) json.field("isSubtle", true).field("size", "Small");
  json.end_object().end_array().end_object();
}

std::string together_line(const Notice& notice) {
  return fmt::format("{} UTC  {}", report::short_utc(notice.time).substr(0, 16), headline(notice));
}

std::string facts_line(const Notice& notice) {
  std::string line;
  for (const auto& [name, value] : facts_of(notice)) {
    line += fmt::format("{}{}: {}", line.empty() ? "" : "\n", name, value);
  }
  return line;
}

}  // namespace

std::string headline(const Notice& notice) {
  return fmt::format("{} ({}): {}", what_happened(notice.on), model::level_name(notice.severity),
                     title_of(notice));
}

std::string subject_of(const Outgoing& message) {
  if (message.test) return "Vedette: a test message";
  if (message.notices.size() + message.more == 1) {
    return cut_text("Vedette: " + headline(message.notices.front()), 250);
  }
  model::Level level = model::Level::informational;
  for (const Notice& notice : message.notices) level = std::max(level, notice.severity);
  return fmt::format("Vedette: {} notifications, up to {}", message.notices.size() + message.more,
                     model::level_name(level));
}

std::string link_of(const Outgoing& message, const Notice& notice) {
  if (!is_web_url(message.public_url) || notice.incident.empty()) return {};
  std::string out = message.public_url + "/incidents/";
  for (const char c : notice.incident) {
    out += base::is_alnum(c) || c == '-' || c == '_' ? std::string(1, c)
                                                     : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> facts_of(const Notice& notice) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto add = [&](std::string name, std::string value) {
    value = cut_text(plain_line(value), kMaxFact);
    if (!value.empty()) out.emplace_back(std::move(name), std::move(value));
  };
  add("Incident", notice.incident);
  add("Severity", std::string(model::level_name(notice.severity)));
  add("Status", std::string(report::status_title(notice.status)));
  add("Owner", notice.owner.empty() ? "nobody" : notice.owner);
  add("Risk", fmt::format("{:.0f}", notice.risk));
  if (notice.tlp != Tlp::red) add("Concerns", entities_text(notice.entities));
  add("By", notice.by);
  add("Marking", report::tlp_label(notice.tlp));
  if (notice.tlp != Tlp::red && !notice.detail.empty()) {
    out.emplace_back("Details", cut_text(plain_line(notice.detail), kMaxDetail));
  }
  return out;
}

std::string slack_json(const Outgoing& message) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("text", slack_escaped(subject_of(message)));
  json.field("unfurl_links", false).field("unfurl_media", false).key("blocks").begin_array();
  json.begin_object().field("type", "header").key("text");
  slack_text(json, subject_of(message), 148);
  json.end_object();
  if (message.notices.size() == 1 && message.more == 0) {
    slack_section(json, facts_line(message.notices.front()));
    slack_link(json, link_of(message, message.notices.front()));
  } else {
    // A message has at most 50 blocks: several lines in each.
    std::string lines;
    for (const Notice& notice : message.notices) {
      const std::string line = together_line(notice) + "\n";
      if (slack_escaped(lines + line).size() > 2500) {
        slack_section(json, lines);
        lines.clear();
      }
      lines += line;
    }
    if (message.more > 0) lines += fmt::format("and {} more", message.more);
    if (!lines.empty()) slack_section(json, lines);
  }
  json.end_array().end_object();
  return out;
}

std::string teams_json(const Outgoing& message) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("type", "message").key("attachments").begin_array().begin_object();
  json.field("contentType", "application/vnd.microsoft.card.adaptive").key("content").begin_object();
  json.field("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
  json.field("type", "AdaptiveCard").field("version", "1.4").key("body").begin_array();
  // Text runs have no markup, unlike text blocks and facts.
  teams_text(json, subject_of(message), true);
  const bool one = message.notices.size() == 1 && message.more == 0;
  if (one) {
    for (const auto& [name, value] : facts_of(message.notices.front())) {
      teams_text(json, fmt::format("{}: {}", name, value), false);
    }
  } else {
    for (const Notice& notice : message.notices) teams_text(json, together_line(notice), false);
    if (message.more > 0) teams_text(json, fmt::format("and {} more", message.more), false, true);
  }
  json.end_array();
  const std::string url = one ? link_of(message, message.notices.front()) : std::string();
  if (!url.empty()) {
    json.key("actions").begin_array().begin_object().field("type", "Action.OpenUrl");
    json.field("title", "Open in Vedette").field("url", url).end_object().end_array();
  }
  json.end_object().end_object().end_array().end_object();
  return out;
}

std::string webhook_json(const Outgoing& message) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("type", "vedette.notification").field("version", 1).field("id", message.id);
  json.field("test", message.test).field("time", base::format_rfc3339(message.now));
  json.field("more", message.more).key("notices").begin_array();
  for (const Notice& notice : message.notices) {
    const bool hidden = notice.tlp == Tlp::red;
    json.begin_object().field("on", notify_on_name(notice.on)).field("key", notice.key);
    json.field("time", base::format_rfc3339(notice.time)).field("tenant", notice.tenant);
    json.field("incident", notice.incident).field("title", title_of(notice));
    json.field("severity", model::level_name(notice.severity)).field("risk", notice.risk);
    json.field("status", case_status_name(notice.status)).field("owner", notice.owner);
    json.field("by", notice.by).field("tlp", tlp_name(notice.tlp));
    json.field("detail", hidden ? std::string() : cut_text(notice.detail, kMaxDetail));
    json.key("users").begin_array();
    for (const std::string& user : notice.users) json.string(user);
    json.end_array().key("tags").begin_array();
    for (const std::string& tag : notice.tags) {
      if (!hidden) json.string(tag);
    }
    json.end_array().key("entities").begin_array();
    for (const model::Entity& entity : notice.entities) {
      if (hidden) break;
      json.begin_object().field("kind", model::entity_kind_name(entity.kind));
      json.field("value", cut_text(entity.value, 1000)).end_object();
    }
    json.end_array();
    if (const std::string url = link_of(message, notice); !url.empty()) json.field("url", url);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string mail_text(const Outgoing& message) {
  if (message.test) return "This is a test message of Vedette. The channel works.\n";
  std::string out;
  const bool one = message.notices.size() == 1 && message.more == 0;
  for (const Notice& notice : message.notices) {
    out += (one ? headline(notice) : together_line(notice)) + "\n";
    if (one) out += "\n" + facts_line(notice) + "\n";
    if (const std::string url = link_of(message, notice); !url.empty()) out += "  " + url + "\n";
  }
  if (message.more > 0) out += fmt::format("and {} more\n", message.more);
  return out;
}

std::string mail_html(const Outgoing& message) {
  std::string out =
      "<!doctype html><html><body style=\"margin:0;background:#eef1f5;color:#17202b;font:15px/1.5 "
      "'Segoe UI',Roboto,Helvetica,Arial,sans-serif\"><div style=\"max-width:640px;margin:0 "
      "auto;padding:24px\">";
  if (message.test) out += "<p>This is a test message of Vedette. The channel works.</p>";
  for (const Notice& notice : message.notices) {
    out +=
        "<div style=\"background:#fff;border:1px solid #dfe5ec;border-left:4px solid "
        "#4330b5;border-radius:8px;"
        "padding:16px 20px;margin:0 0 12px\"><p style=\"margin:0 0 8px;font-weight:600\">";
    out += html_escaped(headline(notice)) + "</p><table style=\"font-size:14px;border-collapse:collapse\">";
    for (const auto& [name, value] : facts_of(notice)) {
      out += fmt::format(
          "<tr><td style=\"color:#526070;padding:1px 14px 1px 0;vertical-align:top\">{}</td><td>{}"
          "</td></tr>",
          name, html_escaped(value));
    }
    out += "</table>";
    if (const std::string url = link_of(message, notice); !url.empty()) {
      out += fmt::format(
          "<p style=\"margin:10px 0 0\"><a href=\"{}\" style=\"color:#2548a8\">Open in Vedette</a></p>",
          html_escaped(url));
    }
    out += "</div>";
  }
  if (message.more > 0) out += fmt::format("<p>and {} more</p>", message.more);
  return out + "</div></body></html>";
}

std::string signature_of(std::string_view key, base::TimeNs now, std::string_view body) {
  const std::string seconds = std::to_string(now / base::kNsPerSecond);
  std::string signed_text = seconds + ".";
  signed_text += body;
  return fmt::format("t={},v1={}", seconds, hmac_sha256_hex(key, signed_text));
}

}  // namespace vedette::cases::notify
