# `cmake --install` and the Debian package (cpack -G DEB; ./dev package).
include(GNUInstallDirs)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY TRUE)

install(TARGETS vedette RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES deploy/vedette.service DESTINATION /lib/systemd/system)
install(FILES deploy/vedette.yaml DESTINATION /etc/vedette PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
install(FILES README.md SECURITY.md docs/operations.md docs/configuration.md docs/search-language.md docs/sigma.md
  deploy/debian/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/vedette)

set(changelog ${CMAKE_BINARY_DIR}/changelog.gz)
add_custom_command(OUTPUT ${changelog}
  COMMAND gzip -9 -n -c ${CMAKE_SOURCE_DIR}/CHANGELOG.md > ${changelog}
  DEPENDS ${CMAKE_SOURCE_DIR}/CHANGELOG.md VERBATIM)
add_custom_target(changelog ALL DEPENDS ${changelog})
install(FILES ${changelog} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/vedette)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vedette)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "Vedette maintainers <maintainers@vedette.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "security logs in, Sigma detections out, all of it searchable")
set(CPACK_PACKAGE_DESCRIPTION
  "Takes security logs from common shippers, maps them to the Elastic Common Schema, runs Sigma rules over the
stream, and keeps the events in an embedded store that is searched while they arrive.")
# The paths above are those of the system, whatever prefix the build folder was configured with.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/deploy/debian/conffiles
  ${CMAKE_SOURCE_DIR}/deploy/debian/postinst
  ${CMAKE_SOURCE_DIR}/deploy/debian/prerm
  ${CMAKE_SOURCE_DIR}/deploy/debian/postrm)
include(CPack)
