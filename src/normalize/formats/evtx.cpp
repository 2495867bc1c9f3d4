// The format of Windows event log files. Its records are read by evtx/chunk.hpp, which the driver calls for
// the framing evtx.
#include "formats.hpp"

namespace vedette::normalize {
namespace {

class EvtxParser final : public FormatParser {
 public:
  // A single record means nothing without its chunk.
  Outcome parse(std::string_view, Row&) override { return Outcome::not_mine; }
};

class EvtxFormat final : public Format {
 public:
  const FormatInfo& info() const override {
    static constexpr FormatInfo kInfo{
        .name = "evtx",
        .title = "Windows event log (EVTX)",
        .summary = "The binary files of the Windows event log, from Windows Vista on.",
        .framing = Framing::evtx,
        .stateful = false,
        .payload = false};
    return kInfo;
  }
  int recognise(std::string_view record) const override {
    return record.starts_with(std::string_view("ElfFile\0", 8)) ||
                   record.starts_with(std::string_view("ElfChnk\0", 8))
               ? 100
               : 0;
  }
  std::unique_ptr<FormatParser> open(const ParseContext&) const override {
    return std::make_unique<EvtxParser>();
  }
};

}  // namespace

const Format& evtx_format() {
  static const EvtxFormat format;
  return format;
}

}  // namespace vedette::normalize
