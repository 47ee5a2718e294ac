import { useState } from 'preact/hooks';
import type { Problem } from '../../api';
import { Field, Form, type Values } from '../../Form';
import { AddPasskeyDocument, BeginPasskeyDocument, DeletePasskeyDocument, RenamePasskeyDocument, type SecurityQuery } from '../../graphql/graphql';
import { moment } from '../../moment';
import { keepOnly, make, supported, type Json } from '../../passkey';
import { session } from '../../session';
import { Status, type Said } from '../../Status';
import { words } from '../../words/words';
import type { OwnProps } from '../own';

type Key = NonNullable<NonNullable<SecurityQuery['me']>['passkeys']>[number];

type PasskeysProps = Pick<OwnProps, 'methods'> & { passkeys: Key[]; changed: () => Promise<void> };

// Passkeys adds passkeys to the account, and renames and removes them.
export function Passkeys({ methods, passkeys, changed }: PasskeysProps) {
  const [said, say] = useState<Said>();

  async function add(values: Values) {
    say(undefined);
    const begun = await session.call(BeginPasskeyDocument, {});
    if (!begun.data?.beginPasskey) return begun.problem;
    const { ceremony, options } = begun.data.beginPasskey;
    const made = await make(options as Json);
    if (!made.data) return made.problem;
    const { problem } = await session.call(AddPasskeyDocument, { input: { ceremony, credential: made.data, name: values('name') } });
    if (!problem) await done(words.passkeyAdded(values('name')));
    return problem;
  }

  async function rename({ id }: Key, name: string) {
    const { problem } = await session.call(RenamePasskeyDocument, { id, name });
    if (!problem) await done(words.passkeyRenamed(name));
    return problem;
  }

  async function remove({ id, name }: Key) {
    const { data, problem } = await session.call(DeletePasskeyDocument, { id });
    if (!data?.deletePasskey) return problem;
    const { rpId, userHandle, acceptedCredentials } = data.deletePasskey;
    if (rpId) await keepOnly(rpId, userHandle, acceptedCredentials);
    await done(words.passkeyRemoved(name));
    return undefined;
  }

  async function done(text: string) {
    await changed();
    say({ text });
  }

  return (
    <section>
      <h2>{words.passkeys}</h2>
      <p>{words.passkeysText}</p>
      <Status said={said} />
      <ul class="sessions">{passkeys.map((key) => <One key={key.id} passkey={key} rename={(name) => rename(key, name)} remove={() => remove(key)} />)}</ul>
      {methods.passkeyRpId && (methods.passkey || methods.secondFactor !== 'OFF') && supported && (
        <Form key={passkeys.length} label={words.addPasskey} fields={['name']} send={add} quiet>
          <Field name="name" label={words.passkeyName} autoComplete="off" hint={words.passkeyNameHint} />
        </Form>
      )}
      {!supported && <p>{words.noPasskeys}</p>}
    </section>
  );
}

interface OneProps {
  passkey: Key;
  rename: (name: string) => Promise<Problem | undefined>;
  remove: () => Promise<Problem | undefined>;
}

function One({ passkey: { name, createdAt, lastUsedAt, backedUp, suspended }, rename, remove }: OneProps) {
  const [open, setOpen] = useState<'rename' | 'remove'>();
  const cancel = <p class="buttons"><button class="second" onClick={() => setOpen(undefined)}>{words.cancel}</button></p>;

  async function save(values: Values) {
    const problem = await rename(values('name'));
    if (!problem) setOpen(undefined);
    return problem;
  }

  return (
    <li class="passkey">
      <div>
        <strong>{name}</strong>
        <p class="hint">{words.madeOn(moment(createdAt))} {lastUsedAt ? `${words.lastUsed(moment(lastUsedAt))}.` : words.neverUsed} {backedUp ? words.backedUp : words.notBackedUp}</p>
        {suspended && <p class="problem">{words.suspended}</p>}
        {!open && (
          <p class="buttons">
            {!suspended && <button class="second" aria-label={words.renameOf(name)} onClick={() => setOpen('rename')}>{words.rename}</button>}
            <button class="second" aria-label={words.removeOf(name)} onClick={() => setOpen('remove')}>{words.remove}</button>
          </p>
        )}
        {open === 'rename' && (
          <>
            <Form label={words.saveName} fields={['name']} send={save} focus>
              <Field name="name" label={words.passkeyName} autoComplete="off" value={name} />
            </Form>
            {cancel}
          </>
        )}
        {open === 'remove' && (
          <>
            <p>{words.removePasskeyText}</p>
            <Form label={words.removeOf(name)} send={remove} focus />
            {cancel}
          </>
        )}
      </div>
    </li>
  );
}
