// Any bytes as a query: parsing never crashes, and what it accepts stays within its bounds.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vedette/base/check.hpp"
#include "vedette/query/query.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  vedette::query::ParseOptions options;
  options.known_fields = {"user.name", "source.ip", "x-forwarded-for"};
  const vedette::query::Parsed parsed = vedette::query::parse(text, options);
  CHECK((parsed.query == nullptr) == vedette::base::has_errors(parsed.diagnostics));
  for (const auto& diagnostic : parsed.diagnostics) {
    CHECK(diagnostic.span.line > 0 && diagnostic.span.column > 0);
    CHECK(!vedette::query::render(diagnostic, text).empty());
  }
  static_cast<void>(vedette::query::parse_filter(text, options));
  return 0;
}
