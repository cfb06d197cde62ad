; The installer. installer/build.py runs makensis with
;   -DVERSION=0.1.0  -DFOUR=0.1.0.9000 (the same as four numbers)  -DBUNDLE=folder  -DRESOURCES=folder  -DOUT=file
;   where files are signed, -DSIGN=command, to which a file's name is added; to try the script, -DUNCOMPRESSED
;
; Switches beside NSIS' own /S (silent) and /D=folder (last, without quotes):
;   /ROLE=wall|supervisor|demo   wall: starts at logon, full screen; supervisor: start menu and desktop; demo: the same,
;                                on a simulated centre. Without it: what is installed, else wall.
;   /CONFIG=path                 becomes the configuration; another that is there is kept beside it as wallboard.toml.old
;                                (.old.1, .old.2 where there is one)
;   /AllUsers /CurrentUser       for whom; without: for all where this user may, and for whom it was before
;   /DOWNGRADE                   lets an older version replace a newer one
; Uninstaller: /S, and /PURGE to remove configuration, history and logs too.
;
; Exit codes: 0 done, 1 cancelled by a person, 2 stopped by NSIS itself (a disk that is full), and these:
!define BAD_SWITCH 3
!define WINDOWS_TOO_OLD 4
!define NEWER_INSTALLED 5
!define STILL_RUNNING 6
!define INSTALLED_FOR_OTHERS 7
!define NOT_CONFIGURED 8

Target amd64-unicode ; the 32-bit stub would start, install nothing of a 64-bit program's, and return 0
ManifestDPIAware true
!ifdef UNCOMPRESSED
  SetCompress off
!else
  SetCompressor /SOLID lzma
!endif

!define NAME "Wallboard"
!define KEY "Software\Wallboard"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Wallboard"
!define OLDEST_BUILD 18362 ; Windows 10 version 1903, the first with the icuuc.dll that Qt 6.10 and later load

; The names of wallboard/running.py.
!define MUTEX "Global\Wallboard is running"
!define QUIT_EVENT "Global\Wallboard is asked to quit"
!define SYNCHRONIZE 0x00100000
!define EVENT_MODIFY_STATE 0x0002
!define ERROR_ACCESS_DENIED 5
!define LOOKS 40 ; of half a second each: a wall waits 3 s for its feeds, a demo server 5 s

!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_USE_PROGRAMFILES64
!define MULTIUSER_INSTALLMODE_INSTDIR "${NAME}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "${KEY}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallDir"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "${KEY}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "InstallDir"

!include MUI2.nsh
!include MultiUser.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include WordFunc.nsh
!include nsDialogs.nsh

Name "${NAME}"
OutFile "${OUT}"
SetDateSave off ; files of the sources are as old as their checkout, and two would make two installers
AllowSkipFiles off ; or a silent upgrade goes on without a file that it cannot write, and returns 0
BrandingText "${NAME} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow
VIProductVersion "${FOUR}"
VIFileVersion "${FOUR}"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} Setup"
VIAddVersionKey "CompanyName" "${NAME}"
VIAddVersionKey "LegalCopyright" "European Union Public Licence 1.2"
!ifdef SIGN
  !uninstfinalize '${SIGN} "%1"' = 0
!endif

Var Role
Var Configuration
Var Radio.wall
Var Radio.supervisor
Var Radio.demo
Var WasRunning

!define MUI_ICON "${RESOURCES}/icons/wallboard.ico"
!define MUI_UNICON "${RESOURCES}/icons/wallboard.ico"
!define MUI_WELCOMEFINISHPAGE_BITMAP "wizard.bmp"
!define MUI_ABORTWARNING
!define MUI_LANGDLL_ALLLANGUAGES
!define MUI_LANGDLL_REGISTRY_ROOT HKCU
!define MUI_LANGDLL_REGISTRY_KEY "${KEY}"
!define MUI_LANGDLL_REGISTRY_VALUENAME "InstallerLanguage"
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_FUNCTION Start
!define MUI_CUSTOMFUNCTION_ABORT Cancelled

!insertmacro MUI_PAGE_WELCOME
!insertmacro MULTIUSER_PAGE_INSTALLMODE
Page custom AskRole TakeRole
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "Indonesian"
!insertmacro MUI_LANGUAGE "English"
!include "words.nsh"
!insertmacro MUI_RESERVEFILE_LANGDLL

; Refusals. Said in a window; a silent installer, whose standard output a management system may keep, says it there.

!macro FUNCTIONS UN
Function ${UN}Refuse ; the exit code and the words are on the stack
  Pop $0
  Pop $1
  SetErrorLevel $0
  ${If} ${Silent}
    System::Call 'kernel32::GetStdHandle(i -11) p .r2'
    ; NSIS' files are Windows' own, but it cannot open one that is open
    ${If} $2 P> 0
      System::Call 'kernel32::WideCharToMultiByte(i 65001, i 0, w r1, i -1, m .r3, i ${NSIS_MAX_STRLEN}, p 0, p 0) i .r4'
      IntOp $4 $4 - 1
      System::Call 'kernel32::WriteFile(p r2, m r3, i r4, *i .r5, p 0)'
    ${EndIf}
  ${Else}
    MessageBox MB_OK|MB_ICONSTOP "$1"
  ${EndIf}
  Quit
FunctionEnd

Function ${UN}LookWhetherRunning ; leaves 1 or 0 on the stack
  System::Call 'kernel32::OpenMutexW(i ${SYNCHRONIZE}, i 0, w "${MUTEX}") p .r0 ?e'
  Pop $1
  ${If} $0 P<> 0
    System::Call 'kernel32::CloseHandle(p r0)'
    Push 1
  ${ElseIf} $1 = ${ERROR_ACCESS_DENIED} ; another user's
    Push 1
  ${Else}
    Push 0
  ${EndIf}
FunctionEnd

; Files of a running program cannot be replaced. It is asked to end, as by its own key, and never killed.
Function ${UN}CloseRunning
  StrCpy $WasRunning 0
  Call ${UN}LookWhetherRunning
  Pop $0
  ${If} $0 = 0
    Return
  ${EndIf}
  MessageBox MB_OKCANCEL|MB_ICONINFORMATION "$(running)" /SD IDOK IDOK +3
  SetErrorLevel 1
  Quit
  StrCpy $WasRunning 1
  StrCpy $8 0
  ${For} $9 1 ${LOOKS}
    ${If} $8 P= 0 ; a program that is just starting has no event yet
      System::Call 'kernel32::OpenEventW(i ${EVENT_MODIFY_STATE}, i 0, w "${QUIT_EVENT}") p .r8'
      ${If} $8 P<> 0
        System::Call 'kernel32::SetEvent(p r8)'
      ${EndIf}
    ${EndIf}
    Sleep 500
    Call ${UN}LookWhetherRunning
    Pop $0
    ${If} $0 = 0
      ${ExitFor}
    ${EndIf}
  ${Next}
  ${If} $8 P<> 0
    System::Call 'kernel32::CloseHandle(p r8)' ; or the next wall would find it set
  ${EndIf}
  ${If} $0 <> 0
    Push "$(still_running)"
    Push ${STILL_RUNNING}
    Call ${UN}Refuse
  ${EndIf}
FunctionEnd

; Of a program that stands aside, wallboard.exe comes first and goes first: while there is a wallboard.exe.old, whatever
; has a name with .old is whole.
Function ${UN}DropOld
  Delete "$INSTDIR\wallboard.exe.old"
  Delete "$INSTDIR\wallboard-cli.exe.old"
  Delete "$INSTDIR\uninstall.exe.old"
  RMDir /r "$INSTDIR\_internal.old"
FunctionEnd

Function ${UN}Forget ; what the roles put outside of the folder
  Delete "$SMPROGRAMS\${NAME}.lnk"
  Delete "$DESKTOP\${NAME}.lnk"
  DeleteRegValue SHCTX "${RUN_KEY}" "${NAME}"
FunctionEnd
!macroend
!insertmacro FUNCTIONS ""
!insertmacro FUNCTIONS "un."

!macro RECOGNISE ROLE ; typed in whatever letters; the program looks for small ones
  ${If} $R1 == "${ROLE}"
    StrCpy $Role "${ROLE}"
  ${EndIf}
!macroend

Function .onInit
  SetRegView 64
  ${IfNot} ${AtLeastBuild} ${OLDEST_BUILD}
    Push "$(windows_too_old)"
    Push ${WINDOWS_TOO_OLD}
    Call Refuse
  ${EndIf}
  !insertmacro MULTIUSER_INIT
  ${IfNot} ${Silent}
    !insertmacro MUI_LANGDLL_DISPLAY
  ${EndIf}
  ${GetParameters} $R0
  ; PowerShell, among others, puts a switch with a space in it into quotes as a whole, where GetOptions sees none.
  ${WordReplace} "$R0" `"/ROLE=` `/ROLE="` "+" $R0
  ${WordReplace} "$R0" `"/CONFIG=` `/CONFIG="` "+" $R0

  ReadRegStr $R1 SHCTX "${KEY}" "Role"
  ClearErrors
  ${GetOptions} $R0 "/ROLE=" $R2
  ${IfNot} ${Errors}
    StrCpy $R1 $R2
  ${ElseIf} $R1 == ""
    StrCpy $R1 "wall"
  ${EndIf}
  StrCpy $Role ""
  !insertmacro RECOGNISE wall
  !insertmacro RECOGNISE supervisor
  !insertmacro RECOGNISE demo
  ${If} $Role == ""
    StrCpy $Role $R1
    Push "$(no_such_role)"
    Push ${BAD_SWITCH}
    Call Refuse
  ${EndIf}

  ClearErrors
  ${GetOptions} $R0 "/CONFIG=" $Configuration
  ${If} ${Errors}
    StrCpy $Configuration ""
  ${Else}
    ClearErrors
    FileOpen $0 "$Configuration" r ; neither a folder nor a pattern can be opened
    ${If} ${Errors}
      Push "$(no_such_file)"
      Push ${BAD_SWITCH}
      Call Refuse
    ${EndIf}
    FileClose $0
  ${EndIf}
FunctionEnd

; Both would start at logon. Only here is it settled for whom, and so what is installed.
Function RefuseSecondInstallation
  ${If} $MultiUser.InstallMode == "CurrentUser"
    ReadRegStr $0 HKLM "${KEY}" "InstallDir"
    ${If} $0 != ""
      Push "$(installed_for_all)"
      Push ${INSTALLED_FOR_OTHERS}
      Call Refuse
    ${EndIf}
    Return
  ${EndIf}
  ; Of every user who is logged on, for a management system is none of them.
  StrCpy $9 0
  ${Do}
    EnumRegKey $8 HKU "" $9
    ${If} $8 == ""
      Return
    ${EndIf}
    ReadRegStr $0 HKU "$8\${KEY}" "InstallDir"
    ${If} $0 != ""
      Push "$(installed_for_one)"
      Push ${INSTALLED_FOR_OTHERS}
      Call Refuse
    ${EndIf}
    IntOp $9 $9 + 1
  ${Loop}
FunctionEnd

Function RefuseDowngrade
  ReadRegStr $0 SHCTX "${KEY}" "FourNumbers"
  ${If} $0 == ""
    Return
  ${EndIf}
  ${VersionCompare} "$0" "${FOUR}" $1
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/DOWNGRADE" $R1
  ${If} $1 = 1
  ${AndIf} ${Errors}
    ReadRegStr $0 SHCTX "${UNINSTALL_KEY}" "DisplayVersion"
    Push "$(newer_installed)"
    Push ${NEWER_INSTALLED}
    Call Refuse
  ${EndIf}
FunctionEnd

Function Cancelled
  SetErrorLevel 1
FunctionEnd

; The page with the roles.

!macro RADIO ROLE Y
  ${NSD_CreateRadioButton} 0 ${Y}u 100% 12u "$(role_${ROLE})"
  Pop $Radio.${ROLE}
  ${NSD_CreateLabel} 12u $1u 95% 20u "$(role_${ROLE}_means)"
  Pop $0
  ${If} $Role == "${ROLE}"
    ${NSD_Check} $Radio.${ROLE}
  ${EndIf}
!macroend

Function AskRole
  !insertmacro MUI_HEADER_TEXT "$(role)" "$(role_means)"
  nsDialogs::Create 1018
  Pop $0
  StrCpy $1 12
  !insertmacro RADIO wall 0
  StrCpy $1 54
  !insertmacro RADIO supervisor 42
  StrCpy $1 96
  !insertmacro RADIO demo 84
  nsDialogs::Show
FunctionEnd

!macro TAKE ROLE
  ${NSD_GetState} $Radio.${ROLE} $0
  ${If} $0 = ${BST_CHECKED}
    StrCpy $Role "${ROLE}"
  ${EndIf}
!macroend

Function TakeRole
  !insertmacro TAKE wall
  !insertmacro TAKE supervisor
  !insertmacro TAKE demo
FunctionEnd

; Through the desktop's own shell, for what an elevated installer starts is elevated itself.
Function Start
  Exec '"$WINDIR\explorer.exe" "$SMPROGRAMS\${NAME}.lnk"'
FunctionEnd

Function StartAgain ; a wall that was closed for this is not left dark
  ${If} ${Silent}
  ${AndIf} $WasRunning = 1
    Call Start
  ${EndIf}
FunctionEnd

; The old program stands aside until the new one is whole.

!macro SET_ASIDE NAME
  ${If} ${FileExists} "$INSTDIR\${NAME}"
    Rename "$INSTDIR\${NAME}" "$INSTDIR\${NAME}.old"
  ${EndIf}
!macroend

!macro PUT_BACK NAME
  ${If} ${FileExists} "$INSTDIR\${NAME}.old"
    Delete "$INSTDIR\${NAME}"
    RMDir /r "$INSTDIR\${NAME}"
    Rename "$INSTDIR\${NAME}.old" "$INSTDIR\${NAME}"
  ${EndIf}
!macroend

Function PutBack
  !insertmacro PUT_BACK _internal
  !insertmacro PUT_BACK uninstall.exe
  !insertmacro PUT_BACK wallboard-cli.exe
  !insertmacro PUT_BACK wallboard.exe
FunctionEnd

Function GiveUp ; as Refuse, where the old program stands aside
  Call PutBack
  Call StartAgain
  Call Refuse
FunctionEnd

Function .onInstFailed ; a file that cannot be written, a disk that is full
  Call PutBack
  Call StartAgain
FunctionEnd

Function CompareFiles ; two names are on the stack; leaves 1 where their contents are the same, else 0
  Pop $1
  Pop $2
  FileOpen $1 "$1" r
  FileOpen $2 "$2" r
  ${Do}
    FileReadByte $1 $3 ; empty at the end
    FileReadByte $2 $4
    ${If} $3 == ""
    ${OrIf} $3 != $4
      ${ExitDo}
    ${EndIf}
  ${Loop}
  FileClose $1
  FileClose $2
  ${If} $3 == $4
    Push 1
  ${Else}
    Push 0
  ${EndIf}
FunctionEnd

; Copied whole before the old one is touched, which is then kept under a name that is free.
Function TakeConfiguration
  ; $LOCALAPPDATA is the user's or, for all users, C:\ProgramData: where wallboard/configuration/locations.py looks.
  StrCpy $R1 "$LOCALAPPDATA\wallboard\wallboard.toml"
  ${If} ${FileExists} "$R1"
    Push "$R1"
    Push "$Configuration"
    Call CompareFiles
    Pop $0
    ${If} $0 = 1
      Return
    ${EndIf}
  ${EndIf}
  CreateDirectory "$LOCALAPPDATA\wallboard"
  System::Call 'kernel32::CopyFileW(w "$Configuration", w "$R1.new", i 0) i .r0'
  ${If} $0 = 0
    Call RefuseConfiguration
  ${EndIf}
  SetFileAttributes "$R1.new" NORMAL ; a share's may be for reading only
  StrCpy $R2 "$R1.old"
  StrCpy $0 0
  ${DoWhile} ${FileExists} "$R2"
    IntOp $0 $0 + 1
    StrCpy $R2 "$R1.old.$0"
  ${Loop}
  ClearErrors
  ${If} ${FileExists} "$R1"
    Rename "$R1" "$R2"
  ${EndIf}
  Rename "$R1.new" "$R1"
  ${If} ${Errors}
    ${IfNot} ${FileExists} "$R1"
      Rename "$R2" "$R1"
    ${EndIf}
    Call RefuseConfiguration
  ${EndIf}
FunctionEnd

Function RefuseConfiguration
  Delete "$R1.new"
  Push "$(not_configured)"
  Push ${NOT_CONFIGURED}
  Call GiveUp
FunctionEnd

Section
  Call RefuseSecondInstallation
  Call RefuseDowngrade
  Call CloseRunning

  ${If} ${FileExists} "$INSTDIR\wallboard.exe.old" ; an installation was interrupted
    Call PutBack
  ${EndIf}
  Call DropOld
  ClearErrors
  !insertmacro SET_ASIDE wallboard.exe
  !insertmacro SET_ASIDE wallboard-cli.exe
  !insertmacro SET_ASIDE uninstall.exe
  !insertmacro SET_ASIDE _internal ; Windows renames no folder with a file in use
  ${If} ${Errors}
    Push "$(still_running)"
    Push ${STILL_RUNNING}
    Call GiveUp
  ${EndIf}
  SetOutPath "$INSTDIR"
  SetDateSave on ; the bundle's times are the commit's
  File /r "${BUNDLE}\*.*" ; makensis on Windows knows a folder by this stroke alone
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ${If} $Configuration != ""
    Call TakeConfiguration
  ${EndIf}
  Call DropOld

  Call Forget
  StrCpy $0 "--role $Role"
  ${If} $Role == "demo"
    StrCpy $0 "--demo"
  ${EndIf}
  SetOutPath "$INSTDIR" ; the folder in which the shortcuts start the program
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\wallboard.exe" "$0"
  ${If} $Role == "wall"
    WriteRegStr SHCTX "${RUN_KEY}" "${NAME}" '"$INSTDIR\wallboard.exe" --role wall'
  ${Else}
    CreateShortcut "$DESKTOP\${NAME}.lnk" "$INSTDIR\wallboard.exe" "$0"
  ${EndIf}

  WriteRegStr SHCTX "${KEY}" "InstallDir" "$INSTDIR"
  WriteRegStr SHCTX "${KEY}" "FourNumbers" "${FOUR}"
  WriteRegStr SHCTX "${KEY}" "Role" "$Role"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\wallboard.exe"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "Publisher" "${NAME}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S /$MultiUser.InstallMode'
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "EstimatedSize" $0

  Call StartAgain
SectionEnd

Function un.onInit
  SetRegView 64
  !insertmacro MULTIUSER_UNINIT
  !insertmacro MUI_UNGETLANGUAGE
FunctionEnd

Section "Uninstall"
  Call un.CloseRunning
  Call un.Forget
  Call un.DropOld
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\wallboard.exe"
  Delete "$INSTDIR\wallboard-cli.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"

  ${un.GetParameters} $R0
  ClearErrors
  ${un.GetOptions} $R0 "/PURGE" $R1
  ${IfNot} ${Errors}
    RMDir /r "$LOCALAPPDATA\wallboard"
    SetShellVarContext current ; logs and history are this user's, whoever else the program was for
    RMDir /r "$LOCALAPPDATA\wallboard"
    ${If} $MultiUser.InstallMode == "AllUsers"
      SetShellVarContext all
    ${EndIf}
  ${EndIf}

  ; Last: whoever finds them gone, takes the program for uninstalled and may install the next one.
  DeleteRegKey SHCTX "${UNINSTALL_KEY}"
  DeleteRegKey HKCU "${KEY}" ; the installer's language
  DeleteRegKey SHCTX "${KEY}"
SectionEnd
