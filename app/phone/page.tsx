import { PhonePage } from '../lan/PhonePage.tsx';

export default function Page() {
  return <PhonePage />;
}
