; The installer's own words; NSIS brings the rest. makensis refuses a word that a language lacks.

!macro WORD NAME INDONESIAN ENGLISH
  LangString ${NAME} ${LANG_INDONESIAN} "${INDONESIAN}"
  LangString ${NAME} ${LANG_ENGLISH} "${ENGLISH}"
!macroend

!insertmacro WORD role "Peran komputer ini" "What this computer is for"
!insertmacro WORD role_means "Bisa diubah nanti dengan menjalankan pemasang ini lagi." "Run this installer again to change it."
!insertmacro WORD role_wall "Layar dinding" "Wall display"
!insertmacro WORD role_wall_means \
  "Wallboard mulai sendiri saat pengguna masuk, dan mengisi layar." \
  "Wallboard starts by itself at logon and fills the screen."
!insertmacro WORD role_supervisor "Meja pengawas" "Supervisor's desk"
!insertmacro WORD role_supervisor_means \
  "Wallboard dibuka dari menu Mulai atau desktop." \
  "Wallboard is opened from the Start menu or the desktop."
!insertmacro WORD role_demo "Demo" "Demo"
!insertmacro WORD role_demo_means \
  "Pusat 112 simulasi di komputer ini, tanpa sistem dispatch." \
  "A simulated 112 centre on this computer, without a dispatch system."
!insertmacro WORD windows_too_old \
  "Wallboard membutuhkan Windows 10 versi 1903 (build ${OLDEST_BUILD}) atau yang lebih baru." \
  "Wallboard needs Windows 10 version 1903 (build ${OLDEST_BUILD}) or later."
!insertmacro WORD no_such_role \
  "/ROLE=$Role: peran itu tidak ada. Yang ada: wall, supervisor, demo." \
  "/ROLE=$Role: there is no such role. There are: wall, supervisor, demo."
!insertmacro WORD no_such_file \
  "/CONFIG=$Configuration: tidak ada berkas bernama itu yang bisa dibaca." \
  "/CONFIG=$Configuration: there is no file of that name that can be read."
!insertmacro WORD not_configured \
  "Konfigurasi $Configuration tidak bisa disalin ke $R1. Tidak ada yang diubah." \
  "The configuration $Configuration cannot be copied to $R1. Nothing was changed."
!insertmacro WORD installed_for_all \
  "Wallboard sudah terpasang untuk semua pengguna di $0. Copot dulu, atau pasang untuk semua pengguna." \
  "Wallboard is installed for all users, in $0. Uninstall it first, or install for all users."
!insertmacro WORD installed_for_one \
  "Wallboard sudah terpasang untuk satu pengguna di $0. Copot dulu sebagai pengguna itu." \
  "Wallboard is installed for one user, in $0. Uninstall it first, as that user."
!insertmacro WORD newer_installed \
  "Versi yang terpasang ($0) lebih baru daripada ${VERSION}. Untuk tetap menggantinya, jalankan pemasang dengan /DOWNGRADE." \
  "The installed version ($0) is newer than ${VERSION}. To replace it all the same, run the installer with /DOWNGRADE."
!insertmacro WORD running \
  "Wallboard sedang berjalan dan akan ditutup." \
  "Wallboard is running and will be closed."
!insertmacro WORD still_running \
  "Wallboard masih berjalan. Tutup dulu (Ctrl+Q), lalu jalankan lagi." \
  "Wallboard is still running. Close it first (Ctrl+Q), then run this again."
