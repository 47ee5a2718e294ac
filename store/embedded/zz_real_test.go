package embedded
import ("testing";"log/slog";"os";"path/filepath";"strings";"io/fs")
func TestRealFetch(t *testing.T){
 bin:=programFolder(t)
 for _,n:=range []string{"npm","node","sh","env"} { p,ok:=lookup(os.Getenv("PATH"),n); if !ok {t.Fatal(n)}; r,_:=filepath.EvalSymlinks(p); os.Symlink(r,filepath.Join(bin,n)) }
 m:=thisMachine(); m.path=bin; m.usual=nil
 if c:=os.Getenv("TESTCACHES"); c!="" { m.caches=strings.Split(c,":") }
 cfg:=Config{DataDir:filepath.Join(programFolder(t),"data"),machine:m,Log:slog.Default()}
 for range 2 { p,err:=Serve(t.Context(),cfg); if err!=nil{t.Fatal(err)}; t.Log(query[string](t,p,"select version()")); t.Log(query[string](t,p,"select lower('ÄRGER')")); stop(t,p) }
}
func TestRealUnpackAll(t *testing.T){
 for _,pl:=range []string{"linux-x64","linux-arm64","darwin-x64","darwin-arm64"} {
  d:=filepath.Join(t.TempDir(),"u")
  if err:=unpackVerified("/tmp/epg/embedded-postgres-"+pl+"-18.4.0-beta.17.tgz",d,pinnedSHA512(pl)); err!=nil {t.Error(pl,err)}
  links,broken:=0,0
  filepath.WalkDir(d,func(p string,e fs.DirEntry,err error)error{ if e.Type()&fs.ModeSymlink!=0 {links++; if _,err:=os.Stat(p);err!=nil{broken++}}; return nil})
  t.Log(pl,links,broken)
 }
}
