// BasicFormat: a Format made of its description, a recognise function and a parser class.
#pragma once

#include "vedette/normalize/format.hpp"

namespace vedette::normalize {

// `Parser` is constructed from a ParseContext.
template <typename Parser>
class BasicFormat final : public Format {
 public:
  using RecogniseFn = int (*)(std::string_view record);
  BasicFormat(const FormatInfo& about, RecogniseFn how) : info_(about), recognise_(how) {}

  const FormatInfo& info() const override { return info_; }
  int recognise(std::string_view record) const override { return recognise_(record); }
  std::unique_ptr<FormatParser> open(const ParseContext& context) const override {
    return std::make_unique<Parser>(context);
  }

 private:
  FormatInfo info_;
  RecogniseFn recognise_;
};

}  // namespace vedette::normalize
