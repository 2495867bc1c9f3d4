// Values of Windows events as they stand in JSON, brought to the canonical fields of windows_event.hpp.
#pragma once

#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "json/flatten.hpp"
#include "vedette/normalize/row.hpp"

namespace vedette::normalize::json {

// How a value becomes the value of its field.
enum class WindowsAs : std::uint8_t {
  as_is,
  integer,   // of text, too
  guid,      // upper case, in braces
  keywords,  // a number becomes "0x8020000000000000"
  lower,
  time,  // the event time; kept as text if it is none
};

struct WindowsTarget {
  model::FieldId field{};
  WindowsAs as = WindowsAs::as_is;
  bool known = false;
};

// A scalar under a target; null and "" leave nothing.
void put_windows(const WindowsTarget& target, const Node& node, Row& row);

// The elements of <Event>, as evtx_dump and its kin render them: attributes in "#attributes", as "@Name" or
// beside the text, which is in "#text" if there are attributes. Not thread safe.
class WindowsElements {
 public:
  WindowsElements();

  void system(const Node& system, Row& row);
  // An element of <System> by itself.
  void system_element(const Node& element, Row& row);
  // The contents of <EventData>: an object, a list of Data elements, or text (also XML or JSON in a text).
  void event_data(const Node& data, Row& row);
  void user_data(const Node& data, Row& row);
  void rendering(const Node& info, Row& row);
  // One value of event data by name. null is an empty element.
  void named_data(std::string_view name, const Node& value, Row& row) {
    put_data(event_data_.child(PathTree::kRoot, name), name, value, row);
  }

 private:
  const WindowsTarget& target(PathId path);
  PathId system_member(const Node& element, PathId path, PathId previous, Row& row);
  void data_member(const Node& node, PathId& previous, Row& row);
  void data_items(const Node& node, Row& row);
  void data_text(std::string_view text, Row& row);
  void put_data(PathId path, std::string_view name, const Node& value, Row& row);
  void next_parameter(model::Value value, Row& row);
  void user_member(const Node& node, Row& row, PathId& previous);
  void put_user(std::string_view key, const Node& node, Row& row, PathId& previous);

  PathTree system_;
  std::vector<WindowsTarget> targets_;  // by PathId of system_
  PathTree event_data_, user_data_;     // below kRoot, which is named winlog.event_data and winlog.user_data
  Flattener flattener_;                 // of what has more in it than text
  PathId data_{}, rendering_{};         // of flattener_
  Document inner_;
  std::uint32_t parameters_ = 0;
};

// Whether a member tells of XML itself: xmlns and the like.
bool is_xml_namespace(std::string_view name);

}  // namespace vedette::normalize::json
