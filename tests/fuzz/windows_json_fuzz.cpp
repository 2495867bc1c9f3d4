#include "json/shape.hpp"
#include "text_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return vedette::normalize::fuzz_format(vedette::normalize::windows_json_format(), data, size);
}
