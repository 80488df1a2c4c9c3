<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Notice\NoticeKind;
use Drupal\background_agents\Ui\NoticeLabels;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Form\ConfigTarget;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The part of the settings that says who is told what by mail.
 *
 * @internal
 */
final class NoticePart {

  use StringTranslationTrait;

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly NoticeLabels $labels,
  ) {}

  /**
   * The fields.
   *
   * @return array<string, mixed>
   *   A form element.
   */
  public function build(): array {
    $target = static fn (string $key): string => SettingsForm::NAME . ":notice.$key";
    return [
      '#type' => 'details',
      '#title' => $this->t('Notices'),
      '#description' => $this->t('People are told what concerns them on the page "Agent notices" of their account, and choose there what they get by mail as well.'),
      'defaults' => $this->defaults(),
      'gather_minutes' => [
        '#type' => 'number',
        '#title' => $this->t('Minutes between two mails to a person'),
        '#description' => $this->t('What comes in between is one mail. 0: there is no limit.'),
        '#min' => 0,
        '#max' => 1440,
        '#required' => TRUE,
        '#config_target' => $target('gather_minutes'),
      ],
      'failing_after' => [
        '#type' => 'number',
        '#title' => $this->t('Failed runs in a row after which administrators are told that an agent fails repeatedly'),
        '#min' => 2,
        '#max' => 50,
        '#required' => TRUE,
        '#config_target' => $target('failing_after'),
      ],
      ...$this->addresses($target),
      'base_url' => [
        '#type' => 'url',
        '#title' => $this->t('Address of this site in mails'),
        '#description' => $this->t('Such as %example. Needed when the sidecar or cron reaches this site under another address than people do. Empty: the address of the request.', ['%example' => 'https://www.example.com']),
        '#config_target' => $target('base_url'),
      ],
    ];
  }

  /**
   * Refuses "these addresses" without any.
   */
  public function validate(array $element, FormStateInterface $form_state): void {
    $values = (array) $form_state->getValue('notice');
    if (($values['to'] ?? '') === 'addresses' && self::split((string) ($values['addresses'] ?? '')) === []) {
      $form_state->setError($element['addresses'], $this->t('Give at least one address.'));
    }
  }

  /**
   * What holds for those who have not chosen.
   */
  private function defaults(): array {
    $fields = ['#type' => 'container'];
    foreach (NoticeKind::cases() as $kind) {
      $fields[$kind->value] = [
        '#type' => 'select',
        '#title' => $this->labels->kind($kind),
        '#options' => $this->labels->modes(),
        '#config_target' => SettingsForm::NAME . ":notice.defaults.{$kind->value}",
      ];
    }
    return $fields;
  }

  /**
   * Addresses that are mailed about each run that waits for a person.
   */
  private function addresses(callable $target): array {
    $site = (string) $this->configFactory->get('system.site')->get('mail');
    return [
      'to' => [
        '#type' => 'radios',
        '#title' => $this->t('Who gets a mail besides when a run waits for a person'),
        '#description' => $this->t('A run may need an answer: whether something was done, or whether it may use more than its limit. It waits for days, and expires when nobody answers. The mail is sent once for each question; it has the question and a link, not what the agent was working on.'),
        '#options' => [
          'nobody' => $this->t('Nobody'),
          'site' => $this->t('The address of this site'),
          'addresses' => $this->t('These addresses'),
        ],
        '#config_target' => $target('to'),
        'site' => ['#description' => $site === '' ? $this->t('This site has no address.') : $this->t('@mail', ['@mail' => $site])],
      ],
      'addresses' => [
        '#type' => 'textarea',
        '#title' => $this->t('Addresses'),
        '#description' => $this->t('One in each line.'),
        '#rows' => 3,
        '#config_target' => new ConfigTarget(SettingsForm::NAME, 'notice.addresses', self::class . '::lines', self::class . '::split'),
        '#states' => ['visible' => [':input[name="notice[to]"]' => ['value' => 'addresses']]],
      ],
    ];
  }

  /**
   * Addresses as text, for the form.
   */
  public static function lines(?array $addresses): string {
    return implode("\n", $addresses ?? []);
  }

  /**
   * Text as addresses, for the configuration.
   *
   * @return string[]
   *   The addresses.
   */
  public static function split(string $text): array {
    return preg_split('/[\s,;]+/', $text, -1, PREG_SPLIT_NO_EMPTY);
  }

}
