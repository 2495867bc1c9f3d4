// One record of the Windows event XML format.
#include <cstdint>
#include <string>
#include <string_view>

#include "formats/formats.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::normalize;
  const std::string_view record(reinterpret_cast<const char*>(data), size);
  const Format& format = windows_xml_format();
  format.recognise(record);
  model::BatchBuilder builder(std::make_shared<model::Source>());
  model::FieldCache names;
  Row row(builder, names);
  builder.begin_row(1);
  format.open({})->parse(record, row);
  builder.end_row();
  const auto batch = builder.finish();
  std::string json;
  model::append_json(json, (*batch)[0]);
  return 0;
}
