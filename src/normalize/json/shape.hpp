// What the JSON formats share. A format is a shape of the top-level object: how to tell it, and what to say
// of it.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "json/document.hpp"
#include "json/flatten.hpp"
#include "vedette/normalize/format.hpp"

namespace vedette::normalize::json {

// The members of a top-level object; absent names are mostly told from a bit set.
class Top {
 public:
  explicit Top(const Node& object) : object_(object) {
    const Node* const end = object.end();
    for (const Node* node = object.first(); node != end; node = node->next()) present_ |= bit(node->key());
  }

  const Node& object() const { return object_; }
  const Node* find(std::string_view name) const {
    return present_ & bit(name) ? object_.find(name) : nullptr;
  }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // The text of a string member, or empty.
  std::string_view text(std::string_view name) const {
    const Node* node = find(name);
    return node && node->is_string() ? node->string() : std::string_view{};
  }
  // The same, with members of members.
  const Node* find(std::string_view name, std::string_view inner) const {
    const Node* node = find(name);
    return node ? node->find(inner) : nullptr;
  }
  // The member, if it is an object.
  const Node* object(std::string_view name) const {
    const Node* node = find(name);
    return node && node->is_object() ? node : nullptr;
  }

 private:
  static constexpr std::uint64_t bit(std::string_view name) {
    if (name.empty()) return 1;
    const auto first = static_cast<unsigned char>(name.front());
    const auto last = static_cast<unsigned char>(name.back());
    return std::uint64_t{1} << ((name.size() * 11 + first * 5u + last * 3u) & 63);
  }
  const Node& object_;
  std::uint64_t present_ = 0;
};

// Writes the records of one stream. Not thread safe.
class ShapeWriter {
 public:
  virtual ~ShapeWriter() = default;
  virtual void write(const Top& top, Row& row) = 0;
};

struct Shape {
  FormatInfo info;  // framing json
  // How sure it is that the object is its own, as Format::recognise; below kSure it does not take it.
  int (*match)(const Top& top);
  std::unique_ptr<ShapeWriter> (*open)(const ParseContext& context);
};
inline constexpr int kSure = 50;

// A Format made of a shape (of program lifetime).
class ShapeFormat final : public Format {
 public:
  explicit ShapeFormat(const Shape& shape) : shape_(shape) {}
  const Shape& shape() const { return shape_; }
  const FormatInfo& info() const override { return shape_.info; }
  int recognise(std::string_view record) const override;
  std::unique_ptr<FormatParser> open(const ParseContext& context) const override;

 private:
  const Shape shape_;
};

// The most fitting of the JSON formats for a record, and how sure it is; nullptr if it is no JSON object.
const Format* best_json_format(std::string_view record, int* score = nullptr);

// For shapes whose members are all kept under their own names: `describe` adds what else is to be said.
template <void (*describe)(const Top& top, Row& row)>
class FlatWriter final : public ShapeWriter {
 public:
  explicit FlatWriter(const ParseContext&) {}
  void write(const Top& top, Row& row) override {
    flattener_.members(top.object(), PathTree::kRoot, row);
    describe(top, row);
  }

 private:
  Flattener flattener_;
};

// The value as JSON text, for fields that are objects at their source but searched as text.
std::string_view text_of(const Node& node, base::Arena& arena);

template <typename Writer>
std::unique_ptr<ShapeWriter> open_writer(const ParseContext& context) {
  return std::make_unique<Writer>(context);
}

// A time as JSON documents write it: ISO 8601, or seconds to nanoseconds since 1970 as a number or its
// digits.
std::optional<base::TimeNs> time_of(const Node& node, int utc_offset_seconds = 0);
std::optional<base::TimeNs> time_of(const Node* node);
// Sets the event time from the first of the members that is a time; later ones are not looked at if the row
// has one.
void take_time(const Top& top, Row& row, std::initializer_list<std::string_view> names);

}  // namespace vedette::normalize::json
