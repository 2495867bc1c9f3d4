#include "vedette/normalize/windows_event.hpp"

#include <charconv>

#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

// Keywords that every audit event carries.
constexpr std::uint64_t kAuditFailure = 0x0010'0000'0000'0000;
constexpr std::uint64_t kAuditSuccess = 0x0020'0000'0000'0000;

struct WindowsCells {
  Value event_id, provider, computer, level, keywords;
};

WindowsCells find_cells(std::span<const model::Cell> cells) {
  WindowsCells found;
  for (const auto& cell : cells) {
    switch (static_cast<field::Known>(cell.field)) {
      case field::Known::winlog_event_id:
        found.event_id = cell.value;
        break;
      case field::Known::winlog_provider_name:
        found.provider = cell.value;
        break;
      case field::Known::winlog_computer_name:
        found.computer = cell.value;
        break;
      case field::Known::winlog_level:
        found.level = cell.value;
        break;
      case field::Known::winlog_keywords:
        found.keywords = cell.value;
        break;
      default:
        break;
    }
  }
  return found;
}

std::string_view level_name(const Value& level) {
  if (level.kind() != model::ValueKind::integer) return {};
  switch (level.as_integer()) {
    case 0:
    case 4:
      return "information";
    case 1:
      return "critical";
    case 2:
      return "error";
    case 3:
      return "warning";
    case 5:
      return "verbose";
    default:
      return {};
  }
}

std::string_view audit_outcome(const Value& keywords) {
  if (!keywords.is_string()) return {};
  const std::string_view text = keywords.as_string();
  if (!base::starts_with_ignore_case_ascii(text, "0x")) return {};
  const auto bits = base::parse_uint(text.substr(2), 16);
  if (!bits) return {};
  if (*bits & kAuditFailure) return "failure";
  return *bits & kAuditSuccess ? "success" : std::string_view{};
}

void derive(Row& row, model::FieldId to, std::string_view text) {
  if (!text.empty()) row.builder().add_derived(to, Value::string(text));
}

}  // namespace

void complete_windows_event(Row& row, std::string_view time_text) {
  const WindowsCells cells = find_cells(row.builder().open_cells());
  if (!time_text.empty() && !row.has_time()) {
    if (const auto time = base::parse_iso8601(time_text)) {
      row.time(*time);
    } else {
      row.copy("winlog.time_created", time_text);
    }
  }
  model::TextBuffer buffer;
  const std::string_view code = model::text_of(cells.event_id, buffer);
  derive(row, field::event_code, cells.event_id.is_string() ? code : row.arena().copy(code));
  if (cells.provider.is_string()) derive(row, field::event_provider, cells.provider.as_string());
  if (cells.computer.is_string()) derive(row, field::host_name, cells.computer.as_string());
  derive(row, field::log_level, level_name(cells.level));
  derive(row, field::event_outcome, audit_outcome(cells.keywords));
  // Sysmon for Linux writes events of the same form.
  const bool linux = cells.provider.is_string() && cells.provider.as_string() == "Linux-Sysmon";
  derive(row, field::event_module, linux ? "sysmon_linux" : "windows");
  derive(row, field::event_kind, "event");
  derive(row, field::host_os_type, linux ? "linux" : "windows");
}

}  // namespace vedette::normalize
