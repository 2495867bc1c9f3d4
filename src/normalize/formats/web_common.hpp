// What the web server formats share.
#pragma once

#include <string_view>

#include "formats/text_fields.hpp"
#include "formats/text_scan.hpp"

namespace vedette::normalize {

// url.original, path, query, extension, fragment, and domain and scheme of an absolute target ("/a.php?x=1").
void add_request_target(Row& row, std::string_view target);
// "GET /a.php?x=1 HTTP/1.1": method, version and target. Garbage is kept whole as url.original.
void add_request_line(Row& row, std::string_view request);
// Status code and event.outcome (failure from 400 on).
void add_http_status(Row& row, std::int64_t status);
// Resolves \" \\ \xHH \n \r \t as Apache and nginx write them. Copies only if there is a backslash.
std::string_view unescape_web(Row& row, std::string_view text);
// At an opening quote: the text up to the closing one (escapes as they are), which is taken. False if it
// never closes.
bool take_web_quoted(Scan& scan, std::string_view& out);

}  // namespace vedette::normalize
