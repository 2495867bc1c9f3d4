// The formats, one file each. register.cpp lists them in the order in which they are asked.
#pragma once

#include "vedette/normalize/format.hpp"

namespace vedette::normalize {

const Format& evtx_format();
const Format& windows_xml_format();

}  // namespace vedette::normalize
