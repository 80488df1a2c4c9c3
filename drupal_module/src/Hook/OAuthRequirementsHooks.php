<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\OAuth\OAuthSetup;
use Drupal\background_agents\Ui\Requirement;
use Drupal\Core\Extension\Requirement\RequirementSeverity;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The status report: whether programs can sign people in by OAuth.
 *
 * Sites without Simple OAuth have no such line.
 *
 * @internal
 */
final class OAuthRequirementsHooks {

  use StringTranslationTrait;

  public function __construct(
    private readonly OAuthSetup $setup,
  ) {}

  /**
   * Implements hook_runtime_requirements().
   */
  #[Hook('runtime_requirements')]
  public function runtime(): array {
    return $this->setup->isPossible() ? Requirement::prefixed(['oauth' => $this->oauth()]) : [];
  }

  private function oauth(): array {
    $title = $this->t('Background agents: sign-in of programs (OAuth)');
    $missing = array_values(array_filter($this->missing()));
    if ($missing === []) {
      return Requirement::entry($title, $this->t('Possible'), RequirementSeverity::OK);
    }
    return Requirement::entry($title, $this->t('Not complete'), RequirementSeverity::Warning, ['#plain_text' => implode(' ', $missing)]);
  }

  /**
   * What has to be done; NULL for what is there.
   *
   * @return array<\Drupal\Core\StringTranslation\TranslatableMarkup|null>
   *   Sentences.
   */
  private function missing(): array {
    return [
      self::unless($this->setup->hasKeys(), $this->t('Simple OAuth has no keys to sign tokens with: generate them at its settings.')),
      self::unless($this->setup->hasScope(), $this->t('No scope is for agents: add one named background_agents:dispatch, with the granularity "Dispatch of background agents".')),
      self::unless($this->setup->mayAnybodySignIn(), $this->t('No role but administrators has the permission "Grant OAuth2 codes": nobody else can sign a program in.')),
      self::unless($this->setup->isDescribed(), $this->t('Programs do not find where people sign in: install the module Simple OAuth Server Metadata.')),
      self::unless($this->setup->takesRegistrations(), $this->t('Programs cannot register themselves: install the module Simple OAuth Client Registration, or add each as a consumer.')),
    ];
  }

  private static function unless(bool $isThere, TranslatableMarkup $sentence): ?TranslatableMarkup {
    return $isThere ? NULL : $sentence;
  }

}
