// Pins: by its public key a server is known without an authority (OutboundRequest::pinned_key).
#pragma once

#include <chrono>
#include <string>

#include "vedette/base/result.hpp"

namespace vedette::adapters {

struct ServerKey {
  std::string pin;       // "sha256//..."
  bool trusted = false;  // its certificate holds for its name by the authorities
  std::string problem;   // why not
};

// Makes a TLS connection to the host of an https URL and asks nothing. `ca_file`: instead of the system's
// authorities; empty: those. Private addresses are reached. Blocks. Errors: io, invalid_argument (no https
// URL).
base::Result<ServerKey> fetch_server_key(const std::string& url, const std::string& ca_file,
                                         std::chrono::milliseconds timeout);

// Of the first certificate of a PEM file. Errors: those of reading; invalid_argument (no certificate).
base::Result<std::string> key_pin_of_file(const std::string& certificate_file);

}  // namespace vedette::adapters
