// Passwords, codes and keys from a person or a script; never from arguments.
#pragma once

#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::cli {

// Whether a person can be asked: the standard input and error are a terminal.
bool can_ask();
// A line from the terminal, without echo if it is secret. From a pipe the next line of the standard input,
// without the prompt. Errors: the input has ended, cannot be read or holds more than 64 KB; cancelled.
base::Result<std::string> ask_line(std::string_view prompt, bool secret);
// Of $VEDETTE_PASSWORD_FILE if that is set, else as ask_line.
base::Result<std::string> ask_password(std::string_view prompt);
bool has_password_file();
// "y" or "yes" typed at the terminal; false if there is none.
bool confirm(std::string_view question);

}  // namespace vedette::cli
