// Flat Windows events: NXLog, Windows Event Forwarding, the tables of Azure Monitor. What tells of the event
// and what is event data stands side by side.
#pragma once

#include <vector>

#include "json/shape.hpp"
#include "json/windows_fields.hpp"

namespace vedette::normalize::json {

// Not thread safe.
class WindowsFlatEvent {
 public:
  WindowsFlatEvent(const ParseContext& context, WindowsElements& elements)
      : utc_offset_seconds_(context.utc_offset_seconds), elements_(elements) {}

  void write(const Top& top, Row& row);

 private:
  // Where a member goes.
  enum class Role : std::uint8_t {
    data,      // event data
    own,       // kept under its own name
    field,     // a field of the event
    time,      // one of the times of the event
    contents,  // EventData itself
    provider,  // text, or an element
    opcode,    // a number, or its text
    // What NXLog or Azure means by a name that may stand for event data as well:
    event_type,
    account,
    user_id,
    severity,
    azure_own,
    source,
    event_log_field,
  };
  struct Member {
    std::string_view name;
    Role role;
    std::string_view target = {};
    WindowsAs as = WindowsAs::as_is;
  };
  struct Place {
    Role role = Role::data;
    bool known = false;
    WindowsTarget target;
  };
  static const Member kMembers[];
  static std::span<const Member> members();

  const Place& place(PathId id, std::string_view name);
  void put(const Node& node, PathId id, const Top& top, Row& row);
  void put_account(const Place& place, const Node& node, PathId id, const Top& top, Row& row);
  void put_field(const Place& place, const Node& node, PathId id, Row& row);
  void put_data(const Node& node, Row& row) { elements_.named_data(node.key(), node, row); }
  void put_opcode(const Node& node, Row& row);
  void put_time(const Node& node, PathId id, Row& row);
  void set_time(Row& row) const;

  int utc_offset_seconds_;
  WindowsElements& elements_;
  Flattener own_;
  std::vector<Place> places_;  // by PathId
  // Of the record at hand:
  bool azure_ = false, nxlog_ = false, account_ = false, event_log_ = false;
  bool event_type_is_data_ = false, source_is_data_ = false;
  base::TimeNs local_ = 0, passed_on_ = 0;
};

}  // namespace vedette::normalize::json
