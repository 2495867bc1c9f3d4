// WindowsShape: turns the elements of a Windows event, in the order of the document, into targets and texts.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "windows_record.hpp"

namespace vedette::normalize {

// Where in the event an element stands.
enum class Place : std::uint8_t {
  document,
  event,
  system,
  system_child,
  event_data,  // also ProcessingErrorData, DebugData, BinaryEventData
  event_data_child,
  user_data,  // also children of <Event> that are not known
  user_data_child,
  rendering,
  rendering_child,
};

// `Output` takes the texts: WindowsRecord writes them at once, the EVTX compiler turns them into
// instructions. It has:
//   Text                                a text that may not be known yet; Text{} is empty
//   append(Text&, Text piece)
//   literal(Text) -> optional<string_view>   the text, if it is known
//   note_unknown_name()                 a Name attribute is not known yet: the targets are not those of every
//   event is_empty(Text)                      has no pieces target(slot, prefix, name, suffix) ->
//   RecordTarget put(RecordTarget, Text)
// Names must live until the element is closed. Prefixes of namespaces are dropped. Constant memory; not
// thread safe.
template <typename Output>
class WindowsShape {
 public:
  using Text = typename Output::Text;
  static constexpr std::size_t kMaxDepth = 64;

  // What is opened first stands below `start`.
  WindowsShape(Output& out, Place start) : out_(out) {
    frames_[0].place = start;
    frames_[0].has_child = frames_[0].named = false;
    frames_[0].text = Text{};
    frames_[0].element = frames_[0].key = {};
  }

  std::size_t depth() const { return depth_; }
  Place place() const { return frames_[depth_].place; }
  std::string_view element() const { return frames_[depth_].element; }
  bool has_child() const { return frames_[depth_].has_child; }
  // Whether a document element other than <Event> was met.
  bool foreign() const { return foreign_; }

  // False if the nesting is too deep; nothing has happened then.
  bool open(std::string_view qualified_name) {
    if (depth_ == kMaxDepth) return false;
    const std::string_view name = local_name(qualified_name);
    Frame& parent = frames_[depth_];
    note_child();
    Frame& frame = frames_[++depth_];
    frame.element = qualified_name;
    frame.key = name;
    frame.text = Text{};
    frame.has_child = frame.named = false;
    frame.place = child_place(parent.place, name);
    return true;
  }

  // The innermost element has (or may have) elements inside.
  void note_child() {
    Frame& frame = frames_[depth_];
    if (!frame.has_child && frame.named) {
      out_.put(out_.target(RecordSlot::optional, data_prefix(frame.place), "Name"), frame.name);
    }
    frame.has_child = true;
  }

  void attribute(std::string_view qualified_name, const Text& value) {
    if (is_namespace(qualified_name)) return;
    const std::string_view name = local_name(qualified_name);
    Frame& frame = frames_[depth_];
    switch (frame.place) {
      case Place::document:
      case Place::event:
      case Place::system:
        return;
      case Place::system_child:
        return put_system(frame.key, name, value);
      case Place::event_data:
        if (name == "Name")
          return out_.put(out_.target(RecordSlot::optional, "winlog.event_data_name", {}), value);
        return out_.put(out_.target(RecordSlot::optional, kEventDataPrefix, name), value);
      case Place::event_data_child:
      case Place::user_data_child:
        if (name == "Name") return set_name(frame, value);
        return out_.put(out_.target(RecordSlot::optional, data_prefix(frame.place), name), value);
      case Place::user_data:
        return out_.put(out_.target(RecordSlot::optional, kUserDataPrefix, name), value);
      case Place::rendering:
      case Place::rendering_child:
        return out_.put(out_.target(RecordSlot::optional, kRenderingPrefix, name), value);
    }
  }

  void text(const Text& piece) { out_.append(frames_[depth_].text, piece); }

  // False if no element is open.
  bool close() {
    if (depth_ == 0) return false;
    const Frame& frame = frames_[depth_--];
    switch (frame.place) {
      case Place::document:
      case Place::event:
      case Place::system:
        break;
      case Place::system_child:
        put_system(frame.key, {}, frame.text);
        break;
      case Place::event_data:
      case Place::user_data:
        if (!holds_text(frame)) break;
        if (frame.key == "EventData") {
          out_.put(RecordTarget{RecordSlot::parameter, {}, {}}, frame.text);
        } else {
          out_.put(out_.target(RecordSlot::text, data_prefix(frame.place), frame.key), frame.text);
        }
        break;
      case Place::event_data_child:
      case Place::user_data_child:
        put_leaf(frame);
        break;
      case Place::rendering:
        break;
      case Place::rendering_child:
        if (!frame.has_child) put_rendering(frame);
        break;
    }
    return true;
  }

 private:
  struct Frame {
    std::string_view element;  // as it stands in the document
    std::string_view key;      // the local name, or the text of the Name attribute
    Text text;
    Text name;  // the Name attribute, if named
    Place place;
    bool has_child;
    bool named;
  };

  static std::string_view local_name(std::string_view name) {
    const std::size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
  }

  static bool is_namespace(std::string_view name) {
    return name.starts_with('x') && (name == "xmlns" || name.starts_with("xmlns:") ||
                                     name.starts_with("xml:") || name.starts_with("xsi:"));
  }

  Place child_place(Place parent, std::string_view name) {
    switch (parent) {
      case Place::document:
        foreign_ = foreign_ || name != "Event";
        return Place::event;
      case Place::event:
        return section_place(name);
      case Place::system:
      case Place::system_child:
        return Place::system_child;
      case Place::event_data:
      case Place::event_data_child:
        return Place::event_data_child;
      case Place::user_data:
      case Place::user_data_child:
        return Place::user_data_child;
      case Place::rendering:
      case Place::rendering_child:
        return Place::rendering_child;
    }
    return Place::user_data;
  }

  static Place section_place(std::string_view name) {
    if (name == "System") return Place::system;
    if (name == "EventData" || name == "ProcessingErrorData" || name == "DebugData" ||
        name == "BinaryEventData") {
      return Place::event_data;
    }
    return name == "RenderingInfo" ? Place::rendering : Place::user_data;
  }

  static std::string_view data_prefix(Place place) {
    return place == Place::event_data || place == Place::event_data_child ? kEventDataPrefix
                                                                          : kUserDataPrefix;
  }

  void set_name(Frame& frame, const Text& value) {
    const auto known = out_.literal(value);
    if (!known) return out_.note_unknown_name();
    if (known->empty()) return;
    frame.named = true;
    frame.name = value;
    frame.key = *known;
  }

  void put_system(std::string_view element, std::string_view attribute, const Text& text) {
    if (out_.is_empty(text)) return;
    if (const SystemField* known = find_system_field(element, attribute)) {
      return out_.put(RecordTarget{known->slot, known->field, {}}, text);
    }
    if (const auto literal = out_.literal(text); literal && is_blank(*literal)) return;
    out_.put(out_.target(RecordSlot::optional, kSystemPrefix, element, attribute), text);
  }

  bool holds_text(const Frame& frame) const {
    if (out_.is_empty(frame.text)) return false;
    const auto literal = out_.literal(frame.text);
    return !literal || !is_blank(*literal);
  }

  void put_leaf(const Frame& frame) {
    if (frame.has_child && !holds_text(frame)) return;
    if (frame.place == Place::event_data_child && !frame.named && frame.key == "Data") {
      return out_.put(RecordTarget{RecordSlot::parameter, {}, {}}, frame.text);
    }
    out_.put(out_.target(RecordSlot::text, data_prefix(frame.place), frame.key), frame.text);
  }

  void put_rendering(const Frame& frame) {
    if (out_.is_empty(frame.text)) return;
    if (frame.key == "Message") {
      return out_.put(RecordTarget{RecordSlot::optional, model::field::message, {}}, frame.text);
    }
    if (frame.key == "Level")
      return out_.put(RecordTarget{RecordSlot::level, model::field::log_level, {}}, frame.text);
    out_.put(out_.target(RecordSlot::optional, kRenderingPrefix, frame.key), frame.text);
  }

  Output& out_;
  std::size_t depth_ = 0;
  bool foreign_ = false;
  std::array<Frame, kMaxDepth + 1> frames_;
};

}  // namespace vedette::normalize
