// Seeded, realistic log text for benchmarks: the same seed gives the same bytes.
#pragma once

#include <cstddef>
#include <string>

namespace vedette::bench {

// Sysmon events as NXLog ships them (flat JSON, about 900 bytes): process creations, connections, registry
// values, image loads, files and DNS queries of an office network, in which hardly a rule fires.
std::string sysmon_ndjson(std::size_t events);
// sshd lines in RFC 3164 form.
std::string sshd_syslog(std::size_t lines);

}  // namespace vedette::bench
