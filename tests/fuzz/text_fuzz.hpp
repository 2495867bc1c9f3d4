// What the fuzz targets of the text formats share: the input is cut at line ends and fed to one parser, as a
// top-level format and as a payload.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/formats.hpp"
#include "formats/linux_auth.hpp"

namespace vedette::normalize {

class FuzzPayloads final : public PayloadParser {
 public:
  FuzzPayloads() {
    for (const Format* format : {&cef_format(), &leef_format(), &auditd_format(), &key_value_format()}) {
      parsers_.push_back(format->open(ParseContext{}));
    }
  }
  bool parse_payload(std::string_view message, std::string_view program, Row& row) override {
    if (parse_linux_auth(program, message, row) != Outcome::not_mine) return true;
    for (const auto& parser : parsers_) {
      if (parser->parse(message, row) != Outcome::not_mine) return true;
    }
    return false;
  }

 private:
  std::vector<std::unique_ptr<FormatParser>> parsers_;
};

inline void fuzz_once(const Format& format, std::string_view input, PayloadParser* payloads) {
  ParseContext context;
  context.payloads = payloads;
  auto parser = format.open(context);
  model::BatchBuilder builder(std::make_shared<model::Source>());
  model::FieldCache names;
  std::uint64_t position = 0;
  const auto drain = [&](bool at_end) {
    for (;;) {
      builder.begin_row(position);
      Row row(builder, names);
      if (!parser->take_held(row, at_end)) return builder.discard_row();
      builder.end_row();
    }
  };
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(input.size(), line.size() + 1));
    format.recognise(line);
    builder.begin_row(++position);
    Row row(builder, names);
    if (parser->parse(line, row) == Outcome::parsed) {
      builder.end_row();
    } else {
      builder.discard_row();
    }
    drain(false);
  }
  drain(true);
  const auto batch = builder.finish();
  std::string json;
  for (std::size_t i = 0; i < batch->size(); ++i) model::append_json(json, (*batch)[i]);
}

inline int fuzz_format(const Format& format, const std::uint8_t* data, std::size_t size) {
  FuzzPayloads payloads;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  fuzz_once(format, input, &payloads);
  fuzz_once(format, input, nullptr);
  return 0;
}

}  // namespace vedette::normalize
