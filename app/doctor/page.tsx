import { Doctor } from './Doctor.tsx';

export default function DoctorPage() {
  return <Doctor />;
}
