// Any bytes as a CSV table: loading never crashes, faults have a place, and look-ups of the text's own lines
// are answered.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "enrich/table.hpp"
#include "vedette/base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  std::string text = "key,a,b\n";
  if (size > 0 && data[0] % 4 == 0) text.clear();
  text.append(reinterpret_cast<const char*>(data), size);
  normalize::TableOptions options;
  options.name = "fuzz";
  options.file = "fuzz.csv";
  options.key_column = "key";
  options.match_fields = {"source.ip", "host.name"};
  options.prefix = "fuzz.";
  base::Diagnostics diagnostics;
  const auto table = normalize::make_table_enricher_of(options, text, diagnostics);
  CHECK(table.ok() != base::has_errors(diagnostics));
  if (!table.ok()) return 0;
  model::BatchBuilder builder(std::make_shared<model::Source>());
  for (std::size_t at = 0; at < text.size() && builder.rows() < 100;) {
    const std::size_t end = std::min(text.find_first_of(",\n", at), text.size());
    builder.begin_row(1);
    builder.add_copy(model::intern("host.name"), std::string_view(text).substr(at, end - at));
    builder.end_row();
    at = end + 1;
  }
  const std::size_t rows = builder.rows();
  CHECK(table.value()->enrich(builder.finish())->size() == rows);
  return 0;
}
