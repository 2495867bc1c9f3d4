// Runs one text format on lines, without the driver around it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/formats.hpp"
#include "formats/linux_auth.hpp"
#include "vedette/normalize/format.hpp"

namespace vedette::normalize {

inline std::vector<const Format*> text_formats() {
  return {&syslog_rfc5424_format(),
          &syslog_rfc3164_format(),
          &cef_format(),
          &leef_format(),
          &auditd_format(),
          &linux_auth_format(),
          &web_access_format(),
          &apache_error_format(),
          &nginx_error_format(),
          &iis_w3c_format(),
          &zeek_tsv_format(),
          &key_value_format(),
          &csv_format(),
          &plain_format()};
}

inline const Format& best_format(std::string_view line) {
  const Format* best = &plain_format();
  int score = 0;
  for (const Format* format : text_formats()) {
    if (const int own = format->recognise(line); own > score) score = own, best = format;
  }
  return *best;
}

// The payload formats among them, asked by their own recognise functions.
class TextPayloads final : public PayloadParser {
 public:
  TextPayloads() {
    for (const Format* format : text_formats()) {
      if (format->info().payload && format != &linux_auth_format()) {
        formats_.push_back(format);
        parsers_.push_back(format->open(ParseContext{}));
      }
    }
  }
  bool parse_payload(std::string_view message, std::string_view program, Row& row) override {
    if (parse_linux_auth(program, message, row) != Outcome::not_mine) return true;
    int score = 0;
    std::size_t best = 0;
    for (std::size_t i = 0; i < formats_.size(); ++i) {
      if (const int own = formats_[i]->recognise(message); own > score) score = own, best = i;
    }
    return score > 0 && parsers_[best]->parse(message, row) != Outcome::not_mine;
  }

 private:
  std::vector<const Format*> formats_;
  std::vector<std::unique_ptr<FormatParser>> parsers_;
};

// Feeds lines to one parser and collects the events. Lines must outlive it.
class TextRun {
 public:
  explicit TextRun(const Format& format, ParseContext context = {.default_year = 2026, .default_month = 11}) {
    context.payloads = &payloads_;
    parser_ = format.open(context);
    builder_ = std::make_unique<model::BatchBuilder>(std::make_shared<model::Source>());
  }

  Outcome line(std::string_view text) {
    ++position_;
    builder_->begin_row(position_);
    Row row(*builder_, names_);
    const Outcome outcome = parser_->parse(text, row);
    if (outcome == Outcome::parsed) {
      builder_->end_row();
    } else {
      builder_->discard_row();
    }
    drain(false);
    return outcome;
  }

  std::shared_ptr<const model::EventBatch> finish() {
    drain(true);
    return builder_->finish();
  }

 private:
  void drain(bool at_end) {
    for (;;) {
      builder_->begin_row(position_);
      Row row(*builder_, names_);
      if (!parser_->take_held(row, at_end)) break;
      builder_->end_row();
    }
    builder_->discard_row();
  }

  TextPayloads payloads_;
  std::unique_ptr<FormatParser> parser_;
  std::unique_ptr<model::BatchBuilder> builder_;
  model::FieldCache names_;
  std::uint64_t position_ = 0;
};

// Text of a field of an event by name, lists joined with '|'; "<none>" if it is absent.
inline std::string field_text(const model::Event& event, std::string_view name) {
  model::FieldId id;
  if (!model::FieldTable::instance().find(name, id)) return "<none>";
  const model::Value* value = event.find(id);
  if (!value) return "<none>";
  std::string out;
  model::TextBuffer buffer;
  for (const model::Value& element : value->elements()) {
    if (&element != value->elements().data()) out += '|';
    out += model::text_of(element, buffer);
  }
  return out;
}

}  // namespace vedette::normalize
