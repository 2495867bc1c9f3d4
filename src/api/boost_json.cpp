// The compiled part of Boost.JSON, once for the module.
#include <boost/json/src.hpp>
