// WindowsRecord: writes the values of one Windows event into the open row, under the names of
// windows_event.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "vedette/normalize/row.hpp"

namespace vedette::normalize {

// How a value is written.
enum class RecordSlot : std::uint8_t {
  text,       // as it is; "" if it is empty
  optional,   // the same, but left out if it is empty
  guid,       // left out if it is empty; upper case, in braces
  integer,    // left out if it is empty; text if it is no number
  level,      // left out if it is empty; ASCII lower case
  time,       // the time of the event
  parameter,  // winlog.event_data.param<n>, numbered in the order of arrival
};

// `name` is set only if the field table is full (field is model::field::overflow).
struct RecordTarget {
  RecordSlot slot = RecordSlot::text;
  model::FieldId field{};
  std::string_view name;
};

// The element below <System>, or its attribute ("" for the element's text), that has a place of its own.
struct SystemField {
  std::string_view element, attribute;
  RecordSlot slot = RecordSlot::optional;
  model::FieldId field{};
};
// nullptr if there is none: such values are kept as winlog.system.<element>[.<attribute>].
const SystemField* find_system_field(std::string_view element, std::string_view attribute);

inline constexpr std::string_view kEventDataPrefix = "winlog.event_data.";
inline constexpr std::string_view kUserDataPrefix = "winlog.user_data.";
inline constexpr std::string_view kRenderingPrefix = "winlog.rendering.";
inline constexpr std::string_view kSystemPrefix = "winlog.system.";

bool is_blank(std::string_view text);

// One event. Texts handed to put() are not copied: they live in the batch or point into its record.
class WindowsRecord {
 public:
  // A view as long as it has one piece; more of them are joined in the arena, with room to grow.
  struct Text {
    Text() = default;
    explicit Text(std::string_view piece) : view(piece) {}
    std::string_view view;
    std::size_t capacity = 0;
  };

  explicit WindowsRecord(Row& row) : row_(row) {}

  Row& row() { return row_; }

  // The target named prefix + name (+ "." + suffix).
  RecordTarget target(RecordSlot slot, std::string_view prefix, std::string_view name,
                      std::string_view suffix = {});
  void put(const RecordTarget& target, std::string_view text);
  void put_value(const RecordTarget& target, model::Value value);
  void put_time(base::TimeNs time) { row_.time(time); }

  // What WindowsShape asks of its output.
  void append(Text& text, const Text& piece);
  std::optional<std::string_view> literal(const Text& text) const { return text.view; }
  void put(const RecordTarget& target, const Text& text) { put(target, text.view); }
  void note_unknown_name() {}
  static bool is_empty(const Text& text) { return text.view.empty(); }

 private:
  void put_parameter(model::Value value);
  void put_guid(const RecordTarget& target, std::string_view text);
  void put_level(const RecordTarget& target, std::string_view text);
  void put_time_text(std::string_view text);

  Row& row_;
  std::uint32_t parameters_ = 0;
};

}  // namespace vedette::normalize
