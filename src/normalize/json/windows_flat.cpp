#include "json/windows_flat.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "vedette/base/text.hpp"

namespace vedette::normalize::json {
namespace {

namespace field = model::field;

// A local time is of the zone in which it comes closest to the time in UTC at which the event was passed on,
// if that is close enough; else the time in UTC is all that is known.
base::TimeNs place_local_time(base::TimeNs local, base::TimeNs passed_on) {
  constexpr base::TimeNs kMinute = 60 * base::kNsPerSecond;
  constexpr base::TimeNs kQuarter = 15 * kMinute;
  const base::TimeNs apart = passed_on - local;
  const base::TimeNs zone = (apart + (apart < 0 ? -kQuarter : kQuarter) / 2) / kQuarter * kQuarter;
  const bool close = std::llabs(apart - zone) <= 2 * kMinute && std::llabs(zone) <= 14 * 4 * kQuarter;
  return close ? local + zone : passed_on;
}

bool has_zone(std::string_view time) {
  if (time.size() < 20) return false;
  return time.ends_with('Z') || time.find_first_of("+-", 19) != std::string_view::npos;
}

bool is_nxlog_type(const Node& node) {
  constexpr std::array<std::string_view, 8> kTypes = {"INFO",  "AUDIT_SUCCESS", "AUDIT_FAILURE", "WARNING",
                                                      "ERROR", "CRITICAL",      "VERBOSE",       "DEBUG"};
  return node.is_string() && std::find(kTypes.begin(), kTypes.end(), node.string()) != kTypes.end();
}

}  // namespace

const WindowsFlatEvent::Member WindowsFlatEvent::kMembers[] = {
    {"EventID", Role::field, "winlog.event_id", WindowsAs::integer},
    {"Channel", Role::field, "winlog.channel"},
    {"EventLog", Role::field, "winlog.channel"},
    {"SourceName", Role::field, "winlog.provider_name"},
    {"EventSourceName", Role::field, "winlog.provider_name"},
    {"Provider", Role::provider, "winlog.provider_name"},
    {"ProviderGuid", Role::field, "winlog.provider_guid", WindowsAs::guid},
    {"Hostname", Role::field, "winlog.computer_name"},
    {"Computer", Role::field, "winlog.computer_name"},
    {"RecordNumber", Role::field, "winlog.record_id", WindowsAs::integer},
    {"EventRecordID", Role::field, "winlog.record_id", WindowsAs::integer},
    {"EventRecordId", Role::field, "winlog.record_id", WindowsAs::integer},
    {"Version", Role::field, "winlog.version", WindowsAs::integer},
    {"Level", Role::field, "winlog.level", WindowsAs::integer},
    {"EventLevel", Role::field, "winlog.level", WindowsAs::integer},
    {"EventLevelName", Role::field, "log.level", WindowsAs::lower},
    {"Task", Role::field, "winlog.task", WindowsAs::integer},
    {"OpcodeValue", Role::field, "winlog.opcode", WindowsAs::integer},
    {"Opcode", Role::opcode},
    {"Category", Role::field, "winlog.rendering.Task"},
    {"Keywords", Role::field, "winlog.keywords", WindowsAs::keywords},
    {"ExecutionProcessID", Role::field, "winlog.process.pid", WindowsAs::integer},
    {"SystemProcessId", Role::field, "winlog.process.pid", WindowsAs::integer},
    {"ThreadID", Role::field, "winlog.process.thread.id", WindowsAs::integer},
    {"SystemThreadId", Role::field, "winlog.process.thread.id", WindowsAs::integer},
    {"ActivityID", Role::field, "winlog.activity_id", WindowsAs::guid},
    {"RelatedActivityID", Role::field, "winlog.related_activity_id", WindowsAs::guid},
    {"SystemUserId", Role::field, "winlog.user.identifier"},
    {"Message", Role::field, "message"},
    {"RenderedDescription", Role::field, "message"},
    {"EventData", Role::contents},
    {"EventTime", Role::time},
    {"TimeCreated", Role::time},
    {"TimeGenerated", Role::time},
    {"@timestamp", Role::time},
    {"timestamp", Role::time},
    {"UserID", Role::user_id, "winlog.user.identifier"},
    {"AccountName", Role::account, "winlog.user.name"},
    {"Domain", Role::account, "winlog.user.domain"},
    {"AccountType", Role::account, "winlog.user.type"},
    {"Severity", Role::severity, "log.level", WindowsAs::lower},
    {"EventType", Role::event_type},
    {"Source", Role::source, "winlog.provider_name"},
    {"UserName", Role::event_log_field, "winlog.user.name"},
    {"EventTypeOrignal", Role::own},
    {"EventReceivedTime", Role::own},
    {"SeverityValue", Role::own},
    {"SourceModuleName", Role::own},
    {"SourceModuleType", Role::own},
    {"ERROR_EVT_UNRESOLVED", Role::own},
    {"@version", Role::own},
    {"@metadata", Role::own},
    {"host", Role::own},
    {"port", Role::own},
    {"tags", Role::own},
    {"agent", Role::own},
    {"ecs", Role::own},
    {"event", Role::own},
    {"log", Role::own},
    {"message", Role::own},
    {"TenantId", Role::azure_own},
    {"SourceSystem", Role::azure_own},
    {"Type", Role::azure_own},
    {"Activity", Role::azure_own},
    {"Account", Role::azure_own},
    {"Process", Role::azure_own},
    {"MG", Role::azure_own},
    {"ManagementGroupName", Role::azure_own},
    {"SourceComputerId", Role::azure_own},
    {"EventOriginId", Role::azure_own},
    {"TimeCollected", Role::azure_own},
    {"AzureDeploymentID", Role::azure_own},
    {"Role", Role::azure_own},
    {"EventCategory", Role::azure_own},
    {"ParameterXml", Role::azure_own},
    {"_ResourceId", Role::azure_own},
    {"_ItemId", Role::azure_own},
    {"_SubscriptionId", Role::azure_own},
    {"_TimeReceived", Role::azure_own},
};

std::span<const WindowsFlatEvent::Member> WindowsFlatEvent::members() {
  return kMembers;
}

const WindowsFlatEvent::Place& WindowsFlatEvent::place(PathId id, std::string_view name) {
  const auto at = static_cast<std::size_t>(id);
  if (at >= places_.size()) places_.resize(at + 1);
  Place& place = places_[at];
  if (place.known) return place;
  place.known = true;
  for (const Member& member : members()) {
    if (member.name != name) continue;
    place.role = member.role;
    if (!member.target.empty()) place.target = {model::intern(member.target), member.as, true};
    break;
  }
  return place;
}

void WindowsFlatEvent::write(const Top& top, Row& row) {
  azure_ = top.has("TimeGenerated") || top.has("TenantId");
  nxlog_ = top.has("EventReceivedTime") || top.has("SourceModuleType") || top.has("SeverityValue");
  account_ = top.has("AccountType") && !azure_;
  event_log_ = top.has("EventLog");
  source_is_data_ =
      !event_log_ && (top.has("SourceName") || top.has("EventSourceName") || top.has("Provider"));
  event_type_is_data_ = !nxlog_ || top.has("EventTypeOrignal");
  local_ = passed_on_ = 0;
  PathId previous = PathTree::kNone;
  const Node* const end = top.object().end();
  for (const Node* node = top.object().first(); node != end; node = node->next()) {
    const PathId id = own_.paths().child(PathTree::kRoot, node->key(), previous);
    if (id == PathTree::kNone) {
      put_data(*node, row);
      continue;
    }
    previous = id;
    put(*node, id, top, row);
  }
  set_time(row);
}

void WindowsFlatEvent::put(const Node& node, PathId id, const Top& top, Row& row) {
  const Place place = this->place(id, node.key());
  bool data = false;
  switch (place.role) {
    case Role::data:
      data = true;
      break;
    case Role::own:
      return own_.value(node, id, row);
    case Role::field:
      return put_field(place, node, id, row);
    case Role::time:
      return put_time(node, id, row);
    case Role::contents:
      return elements_.event_data(node, row);
    case Role::opcode:
      return put_opcode(node, row);
    case Role::provider:
      return node.is_object() ? elements_.system_element(node, row) : put_field(place, node, id, row);
    case Role::account:
      return put_account(place, node, id, top, row);
    case Role::event_type:
      data = event_type_is_data_ || !is_nxlog_type(node);
      break;
    case Role::azure_own:
      data = !azure_;
      break;
    case Role::user_id:
      data = !nxlog_ || !node.is_string() || !node.string().starts_with("S-1-");
      break;
    case Role::severity:
      data = !nxlog_;
      break;
    case Role::source:
      data = source_is_data_;
      break;
    case Role::event_log_field:
      data = !event_log_;
      break;
  }
  if (data) return put_data(node, row);
  place.target.known ? put_field(place, node, id, row) : own_.value(node, id, row);
}

// A service that is installed has an account of its own.
void WindowsFlatEvent::put_account(const Place& place, const Node& node, PathId id, const Top& top,
                                   Row& row) {
  const bool service = node.key() == "AccountName" && top.has("ServiceName");
  if (!account_ || service) put_data(node, row);
  if (account_) put_field(place, node, id, row);
}

void WindowsFlatEvent::put_field(const Place& place, const Node& node, PathId id, Row& row) {
  if (node.is_container()) return own_.value(node, id, row);
  put_windows(place.target, node, row);
}

void WindowsFlatEvent::put_opcode(const Node& node, Row& row) {
  if (node.is_container()) return put_data(node, row);
  static const model::FieldId rendered = model::intern("winlog.rendering.Opcode");
  const bool number = node.kind == Kind::integer || (node.is_string() && base::parse_int(node.string()));
  put_windows(
      {number ? field::winlog_opcode : rendered, number ? WindowsAs::integer : WindowsAs::as_is, true}, node,
      row);
}

// A time that cannot be read stays as it is.
void WindowsFlatEvent::put_time(const Node& node, PathId id, Row& row) {
  const auto time = time_of(node, utc_offset_seconds_);
  if (!time) return own_.value(node, id, row);
  const bool zoned = !node.is_string() || has_zone(node.string());
  const bool collector = node.key().starts_with('@') || node.key() == "timestamp";
  if (zoned && !collector) return row.time(*time);
  (zoned ? passed_on_ : local_) = *time;
}

void WindowsFlatEvent::set_time(Row& row) const {
  if (row.has_time()) return;
  if (local_ == 0) return row.time(passed_on_);
  row.time(passed_on_ == 0 ? local_ : place_local_time(local_, passed_on_));
}

}  // namespace vedette::normalize::json
