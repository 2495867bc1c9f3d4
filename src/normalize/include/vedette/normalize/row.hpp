// Row: what a format parser writes the fields of one record into.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "vedette/base/time.hpp"
#include "vedette/model/event.hpp"

namespace vedette::normalize {

// A thin writer over the open row of a BatchBuilder, with what every format needs. Not thread safe.
// Names: original fields keep their own names; what a format itself understands it writes under ECS names.
class Row {
 public:
  Row(model::BatchBuilder& builder, model::FieldCache& names) : builder_(builder), names_(names) {}

  model::BatchBuilder& builder() { return builder_; }
  base::Arena& arena() { return builder_.arena(); }
  model::FieldCache& names() { return names_; }

  // `text` points into the record or is a literal: not copied. Records outlive the batch (the driver sees to
  // it).
  void ref(model::FieldId field, std::string_view text) { builder_.add_ref(field, text); }
  // `text` is temporary: copied.
  void copy(model::FieldId field, std::string_view text) { builder_.add_copy(field, text); }
  void add(model::FieldId field, model::Value value) { builder_.add(field, value); }
  // By name; the name is interned through the parser's cache.
  void ref(std::string_view name, std::string_view text) { named(name, model::Value::string(text)); }
  void copy(std::string_view name, std::string_view text) {
    named(name, model::Value::string(arena().copy(text)));
  }
  void named(std::string_view name, model::Value value) { builder_.add_named(names_, name, value); }
  // An integer if `text` is one, else the text itself (a value keeps what it came with).
  void integer_or_text(model::FieldId field, std::string_view text);
  // Adds an address to `ip_field` if it is one, else to nothing. Returns whether it was.
  bool ip(model::FieldId ip_field, std::string_view text);

  // Event time. The first one set stays.
  void time(base::TimeNs time) {
    if (builder_.time() == 0) builder_.set_time(time);
  }
  bool has_time() const { return builder_.time() != 0; }

  // event.module and event.dataset ("zeek", "zeek.dns"): mappings and log sources are chosen by them.
  void dataset(std::string_view module, std::string_view dataset);

  // Marks the record as broken: error.message and the tag "parse_failure". The driver keeps the whole record
  // in event.original. Fields added so far stay.
  void fail(std::string_view message);
  bool failed() const { return failed_; }

  // Driver only.
  void restart() { failed_ = false; }

 private:
  model::BatchBuilder& builder_;
  model::FieldCache& names_;
  bool failed_ = false;
};

}  // namespace vedette::normalize
