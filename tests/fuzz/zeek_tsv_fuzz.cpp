#include "text_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return vedette::normalize::fuzz_format(vedette::normalize::zeek_tsv_format(), data, size);
}
