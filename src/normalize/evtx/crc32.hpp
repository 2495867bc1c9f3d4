// CRC-32 (IEEE 802.3, reflected), as EVTX uses it.
#pragma once

#include <cstdint>
#include <string_view>

namespace vedette::normalize::evtx {

// Continues from the checksum of the bytes before; 0 at the start.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

}  // namespace vedette::normalize::evtx
