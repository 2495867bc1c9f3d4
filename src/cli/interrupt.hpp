// How a person or the system ends a command before it is done.
#pragma once

#include "vedette/base/cancellation.hpp"

namespace vedette::cli {

// Cancelled by the first Ctrl-C or SIGTERM from the first call on; the second ends the process.
base::CancellationToken& interrupt_token();

}  // namespace vedette::cli
