import { createFormats } from './ui/words/formats.ts';
import { LANGUAGES } from './ui/words/language.ts';
import { Rich } from './ui/words/Rich.tsx';
import { CATALOGUES } from './ui/words/words.ts';

/**
 * The build removes all scripts from this page, and the server makes its addresses fit the depth at which it is shown. Without
 * scripts it cannot know the person's language: it has all of them.
 */
export default function NotFound() {
  return (
    <main className="not-found">
      {LANGUAGES.map((language, index) => {
        const { notFound } = CATALOGUES[language](createFormats(language));
        const Title = index === 0 ? 'h1' : 'h2';
        return (
          <section key={language} lang={language}>
            <Title>{notFound.title}</Title>
            <p>{notFound.text}</p>
            <p>
              <a href="./">{notFound.open}</a>
            </p>
            <p>
              <Rich text={notFound.proxy} />
            </p>
          </section>
        );
      })}
    </main>
  );
}
