// Windows events as JSON: Winlogbeat, evtx_dump and its kin, NXLog, Windows Event Forwarding, the tables of
// Azure Monitor. All of them become the fields of windows_event.hpp.
#include "formats/formats.hpp"
#include "json/shape.hpp"
#include "json/windows_fields.hpp"
#include "json/windows_flat.hpp"
#include "vedette/normalize/windows_event.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using json::Node;
using json::PathId;
using json::PathTree;
using json::Top;
using json::WindowsAs;

enum class Layout : std::uint8_t {
  none,
  winlogbeat,      // winlog.*, as we name it ourselves
  old_winlogbeat,  // of Winlogbeat 6: log_name, source_name, event_data.*
  elements,        // Event.System, Event.EventData
  bare_elements,   // the same without Event
  flat,  // NXLog, Windows Event Forwarding, Azure: EventID, Channel, ... and event data beside them or in
         // EventData
};

Layout layout_of(const Top& top) {
  if (const Node* winlog = top.object("winlog")) {
    if (winlog->find("event_id") || winlog->find("channel") || winlog->find("provider_name")) {
      return Layout::winlogbeat;
    }
  }
  if (const Node* event = top.object("Event")) {
    if (const Node* system = event->find("System"); system && system->is_object()) return Layout::elements;
  }
  if (const Node* system = top.object("System"); system && system->find("EventID"))
    return Layout::bare_elements;
  if (top.has("EventID")) {
    const bool source =
        top.has("Channel") || top.has("EventLog") || top.has("SourceName") || top.has("EventSourceName");
    if (source && (top.has("Hostname") || top.has("Computer") || top.has("Channel"))) return Layout::flat;
  }
  if (top.has("event_id") && top.has("log_name") && (top.has("source_name") || top.has("computer_name"))) {
    return Layout::old_winlogbeat;
  }
  return Layout::none;
}

int match_windows(const Top& top) {
  return layout_of(top) == Layout::none ? 0 : 97;
}

// Event.System and the like.
class ElementsEvent {
 public:
  explicit ElementsEvent(json::WindowsElements& elements) : elements_(elements) {}

  void write(const Node& event, Row& row) {
    const Node* const end = event.end();
    for (const Node* node = event.first(); node != end; node = node->next()) {
      const std::string_view key = node->key();
      if (key == "System") {
        elements_.system(*node, row);
      } else if (key == "EventData") {
        elements_.event_data(*node, row);
      } else if (key == "UserData") {
        elements_.user_data(*node, row);
      } else if (key == "RenderingInfo") {
        elements_.rendering(*node, row);
      } else if (!is_namespace(*node)) {
        own_.member(*node, PathTree::kRoot, PathTree::kNone, row);
      }
    }
  }

  // What stands beside Event.
  void others(const Node& top, Row& row) {
    const Node* const end = top.end();
    for (const Node* node = top.first(); node != end; node = node->next()) {
      if (node->key() != "Event") own_.member(*node, PathTree::kRoot, PathTree::kNone, row);
    }
  }

 private:
  static bool is_namespace(const Node& node) {
    if (json::is_xml_namespace(node.key())) return true;
    if (node.key() != "#attributes" || !node.is_object()) return false;
    const Node* const end = node.end();
    for (const Node* member = node.first(); member != end; member = member->next()) {
      if (!json::is_xml_namespace(member->key())) return false;
    }
    return true;
  }

  json::WindowsElements& elements_;
  json::Flattener own_;
};

// Winlogbeat's names are ours; numbers that it sends as text become numbers.
class BeatEvent {
 public:
  BeatEvent() {
    constexpr std::pair<std::string_view, std::string_view> kOldNames[] = {
        {"log_name", "winlog.channel"},
        {"source_name", "winlog.provider_name"},
        {"provider_guid", "winlog.provider_guid"},
        {"computer_name", "winlog.computer_name"},
        {"event_data", "winlog.event_data"},
        {"user_data", "winlog.user_data"},
        {"user", "winlog.user"},
        {"process_id", "winlog.process.pid"},
        {"thread_id", "winlog.process.thread.id"},
        {"activity_id", "winlog.activity_id"},
        {"related_activity_id", "winlog.related_activity_id"},
        {"keywords", "winlog.keywords"},
        {"opcode", "winlog.opcode"},
        {"task", "winlog.task"},
        {"version", "winlog.version"},
        {"level", "log.level"}};
    for (const auto& [old, name] : kOldNames) old_.paths().rename(old_.paths().named(old), name);
    winlog_ = new_.paths().named("winlog");
  }

  void write(const Node& top, Row& row) {
    PathId previous = PathTree::kNone;
    const Node* const end = top.end();
    for (const Node* node = top.first(); node != end; node = node->next()) {
      if (node->is_object() && node->key() == "winlog") {
        numbered(new_, *node, winlog_, {"event_id", "record_id"}, row);
        previous = winlog_;
      } else {
        previous = new_.member(*node, PathTree::kRoot, previous, row);
      }
    }
  }

  void write_old(const Node& top, Row& row) {
    numbered(old_, top, PathTree::kRoot, {"event_id", "record_number"}, row);
  }

 private:
  // The members of `object`, of which two are the event id and the record id.
  static void numbered(json::Flattener& flattener, const Node& object, PathId path,
                       std::pair<std::string_view, std::string_view> ids, Row& row) {
    PathId previous = PathTree::kNone;
    const Node* const end = object.end();
    for (const Node* node = object.first(); node != end; node = node->next()) {
      if (!node->is_container() && node->key() == ids.first) {
        put_number(field::winlog_event_id, *node, row);
      } else if (!node->is_container() && node->key() == ids.second) {
        put_number(field::winlog_record_id, *node, row);
      } else {
        previous = flattener.member(*node, path, previous, row);
      }
    }
  }

  static void put_number(model::FieldId to, const Node& node, Row& row) {
    json::put_windows({to, WindowsAs::integer, true}, node, row);
  }

  json::Flattener new_, old_;
  PathId winlog_;
};

class WindowsWriter final : public json::ShapeWriter {
 public:
  explicit WindowsWriter(const ParseContext& context) : flat_(context, elements_), nested_(elements_) {}

  void write(const Top& top, Row& row) override {
    switch (layout_of(top)) {
      case Layout::winlogbeat:
        beat_.write(top.object(), row);
        json::take_time(top, row, {"@timestamp"});
        break;
      case Layout::old_winlogbeat:
        beat_.write_old(top.object(), row);
        json::take_time(top, row, {"@timestamp"});
        break;
      case Layout::elements:
        nested_.write(*top.object("Event"), row);
        nested_.others(top.object(), row);
        break;
      case Layout::bare_elements:
        nested_.write(top.object(), row);
        break;
      case Layout::flat:
        flat_.write(top, row);
        break;
      case Layout::none:
        break;
    }
    complete_windows_event(row, {});
  }

 private:
  json::WindowsElements elements_;
  json::WindowsFlatEvent flat_;
  ElementsEvent nested_;
  BeatEvent beat_;
};

}  // namespace

const json::ShapeFormat& windows_json_format() {
  static const json::ShapeFormat format(
      {{.name = "windows-json",
        .title = "Windows events as JSON",
        .summary =
            "Windows events from Winlogbeat, evtx_dump, NXLog, Windows Event Forwarding and Azure Monitor.",
        .framing = Framing::json,
        .payload = true},
       match_windows,
       json::open_writer<WindowsWriter>});
  return format;
}

}  // namespace vedette::normalize
