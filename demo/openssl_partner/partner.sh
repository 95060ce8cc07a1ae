#!/bin/sh
# docs/partner-openssl.md as one script, for the partner's folder: `partner.sh STEP...`. Steps: keys, card, gateway, consent; over the
# listener `partner.sh fetch open ack confirm` and `answers`; with PARCEL=in/FILE from elsewhere: open, ack, confirm, as one call;
# with WORD=in/FILE word; again.
set -eu
umask 077
. ./partner.env
mkdir -p in out work done said answers
text() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$2"; }
number() { sed -n 's/.*"'"$1"'":\([0-9][0-9]*\).*/\1/p' "$2"; }
sum() { sha256sum "$1" | cut -c1-64; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
stop() { echo "$*" >&2; exit 1; }
b64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
# jwk: a P-256 public key in DER on standard input; kid: its id
jwk() {
  tail -c 64 >work/point
  printf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' "$(head -c 32 work/point | b64)" "$(tail -c 32 work/point | b64)"
}
kid() { openssl dgst -sha256 -binary | b64; }
# fingerprint CERTIFICATE: of the key in it, as an officer reads it to you, without blanks
fingerprint() {
  openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | jwk | sha256sum | cut -c1-32
}
# sign FILE SIGNED: as CMS, in PEM
sign() {
  openssl cms -sign -binary -nodetach -md sha256 -signer statement.crt -inkey statement.key -in "$1" -outform PEM -out "$2"
}
# post PATH: what comes on standard input
post() {
  path=$1; shift
  curl --silent --show-error --fail --cacert "$CA" --header 'Content-Type: application/pkcs7-mime' \
    --data-binary @- "$@" "$URL/$path"
}
# say SIGNED: to the listener, or into the folder that the gateway or sftp empties; said/ keeps it until it is answered
say() {
  id=$(sum "$1"); cp "$1" "said/$id"
  case "$CHANNEL" in
  pull:*) post statements <"$1" >"$1.kept" ;;
  *) mv "$1" "out/$id.p7m" ;;
  esac
}
for step in "$@"; do
case "$step" in
keys)
for use in statement seal; do
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$use.key"
  openssl req -x509 -new -key "$use.key" -subj "/CN=$PARTNER $use" -days 730 -out "$use.crt"
done
;;
card)
key() {
  public=$(openssl pkey -in "$1.key" -pubout -outform DER | jwk)
  printf '{"alg":"%s","kid":"%s","not_after":"%s","not_before":"%s","public":%s,"role":"%s"}' "$2" \
    "$(printf %s "$public" | kid)" "$(($(date -u +%Y) + 2))-01-01T00:00:00Z" "$(date -u +%Y-%m-%dT00:00:00Z)" "$public" "$1"
}
printf '{"at":"%s","aud":"%s","channel":"%s","contacts":["%s"],"envelopes":["cms"],"iss":"%s","keys":[%s,%s],' \
  "$(now)" "$GATEWAY" "$CHANNEL" "$CONTACT" "$PARTNER" "$(key statement ES256)" "$(key seal ECDH-ES+A256KW/P-256)" >work/card.json
printf '"kind":"%s","name":"%s","peer":"%s","reply":"%s","test":true,"typ":"card","v":1}' \
  "${KIND:-operator}" "$NAME" "${PEER:-}" "${REPLY:-$CHANNEL}" >>work/card.json
sign work/card.json card.p7m
sum card.p7m | cut -c1-32 | sed 's/..../& /g'
;;
consent)
{
  printf '{"at":"%s","aud":"%s","iss":"%s","typ":"consent","v":1,' "$(now)" "$GATEWAY" "$PARTNER"
  sed '1s/^{//' terms.json
} >work/consent.json
sign work/consent.json work/consent.p7m
say work/consent.p7m
;;
gateway)
fingerprint gateway.crt
fingerprint gateway-answers.crt
;;
fetch)
newest=$(ls done | sort -t - -k 1,1n -k 2,2n | tail -n 1)
newest=${newest:-1-0}
printf '{"at":"%s","aud":"%s","epoch":%s,"from":%s,"iss":"%s","nonce":"%s","typ":"request","v":1}' \
  "$(now)" "$GATEWAY" "${newest%-*}" "$((${newest#*-} + 1))" "$PARTNER" "$(openssl rand -hex 16)" >work/request.json
sign work/request.json work/request.p7m
rm -f work/fetched
post parcels/next --output work/fetched --dump-header work/headers <work/request.p7m
FILE=$(sed -n 's/^[Pp]alang-[Pp]arcel: *\([a-z0-9.-]*\).*/\1/p' work/headers)
[ -n "$FILE" ] || { echo "nothing lies ready"; exit 0; }
grep -qi "^content-digest: sha-256=:$(openssl dgst -sha256 -binary work/fetched | openssl base64 -A):" work/headers ||
  stop "not what was sent; fetch again"
PARCEL="in/$FILE"
mv work/fetched "$PARCEL"
echo "$PARCEL"
;;
open)
[ -n "$GATEWAY_KEY" ] || stop "step 3 comes first"
[ "$(fingerprint gateway.crt)" = "$GATEWAY_KEY" ] || stop "gateway.crt has another key than you compared"
W="work/${PARCEL##*/}"; rm -rf "$W"; mkdir -p "$W"
openssl cms -decrypt -inform DER -in "$PARCEL" -inkey seal.key -out "$W/unverified" ||
  { rm -f "$W/unverified"; stop "not for this key, or damaged"; }
mv "$W/unverified" "$W/parcel.zip"
[ "$(unzip -Z1 "$W/parcel.zip" | tr '\n' ' ')" = \
  "manifest.json manifest.json.jws manifest.json.p7s entries.csv slice.salt " ] || stop "other files in it"
unzip -q "$W/parcel.zip" -d "$W"
openssl cms -verify -binary -inform DER -in "$W/manifest.json.p7s" -content "$W/manifest.json" -certfile gateway.crt \
  -nointern -noverify -signer "$W/signer.crt" -out "$W/verified" || stop "the signature does not hold"
[ "$(grep -c 'BEGIN CERT' "$W/signer.crt")" = 1 ] || stop "not signed by one key"
[ "$(fingerprint "$W/signer.crt")" = "$GATEWAY_KEY" ] || stop "signed by another key"
M="$W/manifest.json"
[ "$(text partner "$M")" = "$PARTNER" ] || stop "for another partner"
[ "$(text gateway "$M")" = "$GATEWAY" ] || stop "from another gateway"
entries=$(sed -n 's/.*"entries":{"bytes":[0-9]*,"digest":"sha256:\([0-9a-f]*\)".*/\1/p' "$M")
[ "$(cat "$W/slice.salt" "$W/entries.csv" | sha256sum | cut -c1-64)" = "$entries" ] || stop "other entries"
awk -F, -v blocks="$(number block "$M")$(number listed "$M")" -v unblocks="$(number unblock "$M")$(number delisted "$M")" '
  NR > 1 && ($1 != NR - 1 || $2 !~ /^[1-9][0-9]+$/ || seen[$2]++) { bad = 1 }
  NR > 1 { if ($3 ~ /^(block|listed)$/) on++; else off++ }
  END { exit bad || on + 0 != blocks || off + 0 != unblocks }' "$W/entries.csv" || stop "entries that can not be meant"
turn="$(number epoch "$M")-$(number sequence "$M")"
newest=$(ls done | cut -d- -f1 | sort -n | tail -n 1)
[ "$(number epoch "$M")" -ge "${newest:-0}" ] || stop "an epoch that is over"
[ ! -e "done/$turn" ] || [ "$(cat "done/$turn")" = "$(sum "$M")" ] || stop "another parcel had this sequence"
grep -q '"test":true' "$M" && echo "a test: block nothing"
echo "good: $(text delivery "$M"), $(($(wc -l <"$W/entries.csv") - 1)) entries in $W/entries.csv"
;;
ack)
sync
about=$(printf '"epoch":%s,"manifest":"sha256:%s","parcel":"sha256:%s","sequence":%s' \
  "$(number epoch "$M")" "$(sum "$M")" "$(sum "$PARCEL")" "$(number sequence "$M")")
note=$(printf '%b' "$(text checkpoint "$M")" | sha256sum | cut -c1-64)
printf '{"at":"%s","aud":"%s","checkpoint":"sha256:%s",%s,"iss":"%s","result":"positive","typ":"ack","v":1}' \
  "$(now)" "$GATEWAY" "$note" "$about" "$PARTNER" >"$W/ack.json"
sign "$W/ack.json" "$W/ack.p7m"
say "$W/ack.p7m"
sum "$M" >"done/$turn"
;;
confirm)
{
  echo "#palang $(text delivery "$M") sha256:$(sum "$M")"
  echo "entry;disposition;scope;at"
  awk -F, -v at="$(now)" -v on="${SAYS:-diblokir_total;total}" \
    'NR > 1 { print $1 ";" ($3 ~ /^(block|listed)$/ ? on : "dibuka;") ";" at }' "$W/entries.csv"
} >"$W/confirm.csv"
sign "$W/confirm.csv" "$W/confirm.p7m"
say "$W/confirm.p7m"
;;
answers)
printf '{"at":"%s","aud":"%s","epoch":1,"from":1,"iss":"%s","nonce":"%s","typ":"request","v":1}' \
  "$(now)" "$GATEWAY" "$PARTNER" "$(openssl rand -hex 16)" >work/request.json
sign work/request.json work/request.p7m
post "answers?after=$(cat work/cursor 2>/dev/null || echo 0)" <work/request.p7m >work/listing
grep -o '"-----BEGIN [^"]*"' work/listing | tr -d '"' | while read -r word; do
  printf '%b' "$word" >work/said
  mv work/said "in/word-$(sum work/said).p7m"
done
text cursor work/listing >work/cursor
;;
word)
[ -n "$ANSWER_KEY" ] || stop "step 3 comes first"
[ "$(fingerprint gateway-answers.crt)" = "$ANSWER_KEY" ] || stop "gateway-answers.crt has another key than you compared"
W=work/word; rm -rf "$W"; mkdir -p "$W"
openssl cms -verify -binary -inform PEM -in "$WORD" -certfile gateway-answers.crt -nointern -noverify \
  -signer "$W/signer.crt" -out "$W/unverified" || stop "the signature does not hold"
[ "$(grep -c 'BEGIN CERT' "$W/signer.crt")" = 1 ] || stop "not signed by one key"
[ "$(fingerprint "$W/signer.crt")" = "$ANSWER_KEY" ] || stop "signed by another key"
mv "$W/unverified" "$W/word.json"
D="$W/word.json"
[ "$(text iss "$D")" = "$GATEWAY" ] || stop "from another gateway"
[ "$(text aud "$D")" = "$PARTNER" ] || stop "for another partner"
case "$(text typ "$D")" in
answer)
  about=$(text statement "$D" | sed -n 's/^sha256:\([0-9a-f]\{64\}\)$/\1/p')
  [ -n "$about" ] || stop "an answer to nothing"
  [ ! -e "said/$about" ] || mv "said/$about" "answers/$about"
  [ -e "answers/$about" ] || stop "an answer to what was never said here"
  echo "$(text result "$D") $(text reason "$D") $(number row "$D") $about" | tr -s " "
  ;;
head)
  turn="$(number epoch "$D")-$(number sequence "$D")"
  newest=$(ls done | sort -t - -k 1,1n -k 2,2n | tail -n 1)
  [ "$(number sequence "$D")" = 0 ] || [ -e "done/$turn" ] || echo "parcel $turn was made; the newest here is ${newest:-none}"
  [ ! -e "done/$turn" ] || [ "$(cat "done/$turn")" = "$(text manifest "$D" | cut -d: -f2)" ] ||
    stop "another parcel has this sequence"
  expr "$(now)" \< "$(text until "$D")" >"$W/fresh" || stop "an old head: the gateway is silent"
  echo "head $turn, good until $(text until "$D")"
  ;;
*) stop "neither an answer nor a head" ;;
esac
mv "$WORD" answers/
;;
again)
for one in said/*; do
  [ ! -e "$one" ] || { cp "$one" work/again; say work/again; }
done
;;
*) stop "no step $step" ;;
esac
done
