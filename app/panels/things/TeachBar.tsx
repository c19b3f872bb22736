'use client';
import { type FormEvent, useEffect, useId, useRef } from 'react';
import type { Lens } from '../../lens/lens.ts';
import type { LockedThing } from '../../lens/lensState.ts';
import type { Things } from '../../things/things.ts';
import { ENOUGH_SAMPLES, stepOf, type ThingsState, thingNamed } from '../../things/thingsState.ts';
import card from '../../ui/BarCard.module.css';
import { Icon } from '../../ui/Icon.tsx';
import { keepTypedEnter } from '../../ui/pressedKey.ts';
import { quarterOf, Spoken } from '../../ui/Spoken.tsx';
import hidden from '../../ui/SrOnly.module.css';
import { useWords } from '../../ui/words/useWords.ts';
import { HoldButton } from './HoldButton.tsx';
import { NameChoices } from './NameChoices.tsx';
import styles from './TeachBar.module.css';
import { ThingsProblem } from './ThingsProblem.tsx';
import { useHoldKey } from './useHoldKey.ts';

export interface TeachBarProps {
  lens: Lens;
  things: Things;
  state: ThingsState;
  /** The thing that a person tapped: it is learned instead of what is in the ring. */
  locked: LockedThing | undefined;
}

const MAX_NAME_LENGTH = 60;

/** Teaches a thing: its name, and a button that takes samples while the person turns it. */
export function TeachBar({ lens, things, state, locked }: TeachBarProps) {
  const words = useWords();
  const { teaching: texts, nothing } = words.things;
  const nameId = useId();
  const field = useRef<HTMLInputElement>(null);
  const { teaching, details } = state;
  const press = () => void things.hold(() => lens.teaching.takeSample());
  const release = () => things.release();
  useHoldKey({ press, release, onEscape: () => (locked ? lens.releaseThing() : things.stopTeaching()) });
  useEffect(() => {
    // The keyboard of a phone would hide the picture.
    if (!window.matchMedia('(pointer: coarse)').matches) field.current?.focus();
  }, []);
  if (teaching === undefined) return null;
  const { name, isNothing, wrong, isTaking, taken, problem } = teaching;
  const isCorrection = wrong !== undefined;
  const shownName = isNothing ? nothing : name.trim();
  const known = details?.things.find((thing) =>
    isNothing ? thing.isNothing : thing === thingNamed(details, name),
  );
  const count = taken?.samples ?? known?.samples.length ?? 0;
  const step = stepOf(teaching);
  const correct = async (as: { name: string; isNothing: boolean }) => {
    // Pressed twice: the first one says how it went.
    if (isTaking) return;
    things.setName(as);
    const sample = things.hold(() => lens.teaching.takeSample());
    things.release();
    await sample;
    if (things.store.getState().teaching?.problem === undefined) things.stopTeaching();
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isCorrection && name.trim() !== '') void correct({ name: name.trim(), isNothing: false });
    else field.current?.blur();
  };
  const title = isCorrection
    ? texts.wrongTitle(words.seen.label(wrong))
    : shownName === ''
      ? texts.title
      : texts.titleOf(shownName);
  return (
    <section className={`${card.root} ${styles.bar}`} aria-label={title} data-testid="teach-bar">
      <div className={styles.head}>
        <div>
          <b>{title}</b>
          <small>
            {details?.things.length || locked ? (locked ? texts.inBox : texts.inRing) : texts.empty}
          </small>
        </div>
        {locked && !isCorrection && (
          <button type="button" className={styles.quiet} onClick={() => lens.releaseThing()}>
            {texts.useRing}
          </button>
        )}
        <button
          type="button"
          className={styles.close}
          aria-label={texts.done}
          title={texts.done}
          onClick={() => things.stopTeaching()}
        >
          <Icon name={count > 0 && !isCorrection ? 'check' : 'close'} size={20} />
        </button>
      </div>
      <div className={styles.work}>
        <form className={styles.form} onKeyDown={keepTypedEnter} onSubmit={onSubmit}>
          <label htmlFor={nameId} className={hidden.srOnly}>
            {texts.name}
          </label>
          <input
            ref={field}
            id={nameId}
            type="text"
            value={isNothing ? '' : name}
            maxLength={MAX_NAME_LENGTH}
            placeholder={isNothing ? nothing : texts.placeholder}
            autoComplete="off"
            enterKeyHint="done"
            onChange={({ currentTarget }) => things.setName({ name: currentTarget.value, isNothing: false })}
          />
          <NameChoices
            details={details}
            name={name}
            isNothing={isNothing}
            onChoose={(as) => (isCorrection ? void correct(as) : things.setName(as))}
          />
        </form>
        {!isCorrection && (
          <HoldButton
            name={texts.take}
            share={count / ENOUGH_SAMPLES}
            isBusy={isTaking}
            isDisabled={step === 'name'}
            onPress={press}
            onRelease={release}
          />
        )}
      </div>
      {!isCorrection && (
        <p className={styles.step}>
          {count > 0 && (
            <b data-testid="samples">
              {words.format.number(count)}
              {count < ENOUGH_SAMPLES && <span> {texts.ofEnough(ENOUGH_SAMPLES)}</span>}
            </b>
          )}
          {texts.steps[step]}
          {step === 'show' && (
            <>
              {words.common.sentenceSpace}
              {texts.takeText}
            </>
          )}
        </p>
      )}
      {problem && <ThingsProblem problem={problem} />}
      {/* While the button is held, several samples are taken in a second. */}
      <Spoken
        text={
          taken ? `${texts.progress(taken.samples, ENOUGH_SAMPLES, shownName)}. ${texts.steps[step]}` : ''
        }
        step={taken ? `${shownName} ${quarterOf(taken.samples / ENOUGH_SAMPLES)}` : ''}
      />
    </section>
  );
}
